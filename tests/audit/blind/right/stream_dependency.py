# right: Event without timing used only to order two streams
import torch

copy_stream = torch.cuda.Stream()
ready = torch.cuda.Event()


def prefetch(batches):
    upcoming = None
    for host in batches:
        with torch.cuda.stream(copy_stream):
            device_batch = host.pin_memory().cuda(non_blocking=True)
            ready.record(copy_stream)
        if upcoming is not None:
            yield upcoming
        torch.cuda.current_stream().wait_event(ready)
        device_batch.record_stream(torch.cuda.current_stream())
        upcoming = device_batch
    if upcoming is not None:
        yield upcoming


net = torch.nn.Linear(128, 10).cuda().eval()
with torch.no_grad():
    for b in prefetch(torch.rand(20, 64, 128).unbind(0)):
        net(b)
