# mistakes: no-warm-up@22
import pytest
import torch
from torchvision import models

BUDGET_MS = {"resnet18": 4.0, "resnet50": 9.0}


@pytest.fixture(params=sorted(BUDGET_MS))
def arch(request):
    return request.param


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_latency_budget(arch):
    net = getattr(models, arch)(weights=None).cuda().eval()
    img = torch.randn(1, 3, 224, 224, device="cuda")
    before = torch.cuda.Event(enable_timing=True)
    after = torch.cuda.Event(enable_timing=True)
    n = 50
    with torch.inference_mode():
        before.record()
        for _ in range(n):
            net(img)
        after.record()
    after.synchronize()
    assert before.elapsed_time(after) / n < BUDGET_MS[arch]
