# mistakes: reversed-elapsed-time@19
import torch
import timm

swin = timm.create_model("swin_tiny_patch4_window7_224").eval().to("cuda")
imgs = torch.rand(16, 3, 224, 224, device="cuda")
start_event = torch.cuda.Event(enable_timing=True)
end_event = torch.cuda.Event(enable_timing=True)

history = []
with torch.no_grad():
    for _ in range(10):
        swin(imgs)
    for _ in range(40):
        start_event.record()
        swin(imgs)
        end_event.record()
        torch.cuda.synchronize()
        history.append(end_event.elapsed_time(start_event))

print(f"Swin-T: {sum(history) / len(history):.2f} ms / batch")
