# right: compiled and called several times before the first sample
import torch
import timm

net = timm.create_model("regnetx_032").eval().cuda().to(memory_format=torch.channels_last)
net = torch.compile(net, mode="reduce-overhead")
imgs = torch.randn(16, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)

e0 = torch.cuda.Event(enable_timing=True)
e1 = torch.cuda.Event(enable_timing=True)
with torch.inference_mode(), torch.autocast("cuda", dtype=torch.float16):
    for _ in range(15):
        net(imgs)
    e0.record()
    for _ in range(200):
        net(imgs)
    e1.record()
torch.cuda.synchronize()
print(f"{e0.elapsed_time(e1) / 200:.3f} ms/iter")
