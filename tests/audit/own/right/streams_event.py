# right: events recorded on the very stream that does the work, and that stream is waited for
import torch
from torchvision.models import resnet34

work = torch.cuda.Stream()
net = resnet34().cuda().eval()
imgs = torch.randn(4, 3, 224, 224, device="cuda")
work.wait_stream(torch.cuda.current_stream())

begin = torch.cuda.Event(enable_timing=True)
end = torch.cuda.Event(enable_timing=True)
ms = []
with torch.no_grad(), torch.cuda.stream(work):
    for _ in range(10):
        net(imgs)
    for _ in range(100):
        begin.record(work)
        net(imgs)
        end.record(work)
        work.synchronize()
        ms.append(begin.elapsed_time(end))
print("on a side stream: %.2f ms" % (sum(ms) / len(ms)))
