# mistakes: copy-in-timing@21
import torch

generator = torch.nn.Sequential(
    torch.nn.Linear(128, 1024),
    torch.nn.LeakyReLU(0.2),
    torch.nn.Linear(1024, 3 * 64 * 64),
    torch.nn.Tanh(),
)
generator = generator.cuda().eval()

with torch.no_grad():
    z = torch.randn(64, 128, device="cuda")
    for _ in range(10):
        generator(z)

    start_evt = torch.cuda.Event(enable_timing=True)
    stop_evt = torch.cuda.Event(enable_timing=True)
    start_evt.record()
    for _ in range(100):
        z = torch.randn(64, 128, device="cuda")
        generator(z)
    stop_evt.record()
    stop_evt.synchronize()

print(f"generator forward pass: {start_evt.elapsed_time(stop_evt) / 100:.3f} ms")
