# mistakes: event-without-timing@13
import logging
import torch
import timm

logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
logger = logging.getLogger("bench")

swin = timm.create_model("swin_tiny_patch4_window7_224").cuda().eval()
pix = torch.randn(1, 3, 224, 224, device="cuda")

ev_a = torch.cuda.Event(enable_timing=True, blocking=True)
ev_b = torch.cuda.Event(blocking=True)

vals = []
with torch.inference_mode():
    for it in range(120):
        if it < 20:
            swin(pix)
            continue
        ev_a.record()
        swin(pix)
        ev_b.record()
        ev_b.synchronize()
        vals.append(ev_a.elapsed_time(ev_b))

logger.info("swin_tiny: %.2f ms (n=%d)", sum(vals) / len(vals), len(vals))
