# right: pytest-benchmark with warm-up rounds, the measured function synchronises
import pytest
import torch
from torchvision.models import mobilenet_v3_small

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(scope="module")
def net():
    return mobilenet_v3_small(weights=None).cuda().eval()


@cuda
@pytest.mark.parametrize("bs", [1, 8, 32])
def test_forward(benchmark, net, bs):
    x = torch.randn(bs, 3, 224, 224, device="cuda")

    @torch.inference_mode()
    def fwd():
        y = net(x)
        torch.cuda.synchronize()
        return y

    y = benchmark.pedantic(fwd, rounds=50, iterations=4, warmup_rounds=10)
    assert y.shape == (bs, 1000)
