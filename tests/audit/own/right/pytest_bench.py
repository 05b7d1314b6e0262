# right: pytest-benchmark on a function that synchronises inside, with warm-up rounds
import pytest
import torch
from torchvision.models import shufflenet_v2_x1_0

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="GPU only")


@pytest.fixture(scope="module")
def net():
    return shufflenet_v2_x1_0().eval().cuda()


@needs_gpu
@pytest.mark.parametrize("bs", [1, 16, 64])
def test_forward(benchmark, net, bs):
    imgs = torch.randn(bs, 3, 224, 224, device="cuda")

    def run():
        with torch.inference_mode():
            net(imgs)
        torch.cuda.synchronize()

    benchmark.pedantic(run, rounds=100, iterations=1, warmup_rounds=10)
