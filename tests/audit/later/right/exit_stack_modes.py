# right: inference_mode and autocast are entered through an ExitStack around warm-up and timing
import contextlib
import itertools

import torch
import timm

AMP = {"fp32": None, "fp16": torch.float16, "bf16": torch.bfloat16}


@contextlib.contextmanager
def regime(amp):
    with contextlib.ExitStack() as es:
        es.enter_context(torch.inference_mode())
        if amp is not None:
            es.enter_context(torch.autocast("cuda", dtype=amp))
        yield


def gpu_ms(fn, n):
    ev = [torch.cuda.Event(enable_timing=True) for _ in range(n + 1)]
    ev[0].record()
    for e in ev[1:]:
        fn()
        e.record()
    ev[-1].synchronize()
    return [p.elapsed_time(q) for p, q in itertools.pairwise(ev)]


def main():
    net = timm.create_model("convnext_nano").cuda().eval()
    x = torch.randn(16, 3, 224, 224, device="cuda")
    for tag, amp in AMP.items():
        with regime(amp):
            gpu_ms(lambda: net(x), 10)
            ms = gpu_ms(lambda: net(x), 100)
        print(f"{tag}: {sum(ms) / len(ms):.3f} ms (min {min(ms):.3f})")


main()
