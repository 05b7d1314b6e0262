# mistakes: host-clock-without-sync@14
import time
import torch


def warm(net, sample, n=30):
    with torch.no_grad():
        for _ in range(n):
            net(sample)


def seconds_per_volume(net, sample, repeats=50):
    warm(net, sample)
    tic = time.perf_counter()
    with torch.no_grad():
        for _ in range(repeats):
            net(sample)
    torch.cuda.synchronize()
    toc = time.perf_counter()
    return (toc - tic) / repeats


if __name__ == "__main__":
    conv = torch.nn.Conv3d(1, 32, 3, padding=1).cuda().eval()
    volume = torch.rand(1, 1, 96, 96, 96, device="cuda")
    print(f"{seconds_per_volume(conv, volume):.4f} s per volume")
