# right: device time summed from recorded and synchronised events, ms turned to s, batch size is the tensor's
import torch
from efficientnet_pytorch import EfficientNet

optimal_batch_size = 128
repetitions = 100
model = EfficientNet.from_pretrained('efficientnet-b0')
device = torch.device("cuda")
model.to(device)
model.eval()
dummy_input = torch.randn(optimal_batch_size, 3,224,224, dtype=torch.float).to(device)

total_time = 0
with torch.no_grad():
    for _ in range(10):
        _ = model(dummy_input)
    for rep in range(repetitions):
        starter, ender = torch.cuda.Event(enable_timing=True),   torch.cuda.Event(enable_timing=True)
        starter.record()
        _ = model(dummy_input)
        ender.record()
        torch.cuda.synchronize()
        curr_time = starter.elapsed_time(ender)/1000
        total_time += curr_time
Throughput =   (repetitions*optimal_batch_size)/total_time
print('Final Throughput:',Throughput)
