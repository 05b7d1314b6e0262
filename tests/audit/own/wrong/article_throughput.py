# mistakes: no-eval@10; no-warm-up@10; event-not-recorded@11
model = EfficientNet.from_pretrained('efficientnet-b0')
device = torch.device("cuda")
dummy_input = torch.randn(optimal_batch_size, 3,224,224, dtype=torch.float).to(device)

total_time = 0
with torch.no_grad():
    for rep in range(repetitions):
        starter, ender = torch.cuda.Event(enable_timing=True),   torch.cuda.Event(enable_timing=True)
        _ = model(dummy_input)
        curr_time = starter.elapsed_time(ender)/1000
        total_time += curr_time
Throughput =   (repetitions*optimal_batch_size)/total_time
print('Final Throughput:',Throughput)
