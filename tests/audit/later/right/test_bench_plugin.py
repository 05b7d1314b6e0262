# right: the function handed to pytest-benchmark synchronises, pedantic has warm-up rounds, the fixtures do eval and the copy
import pytest
import torch
import torchvision

ARCHS = ["resnet18", "googlenet", "mnasnet0_5"]
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="GPU only")


@pytest.fixture(params=ARCHS)
def net(request):
    kw = {"init_weights": False, "aux_logits": False} if request.param == "googlenet" else {}
    m = torchvision.models.get_model(request.param, weights=None, **kw)
    return m.eval().to("cuda")


@pytest.fixture(params=[1, 16])
def batch(request):
    return torch.randn(request.param, 3, 224, 224).to("cuda")


def forward_and_wait(net, batch):
    with torch.inference_mode():
        y = net(batch)
    torch.cuda.synchronize()
    return y


def test_forward(benchmark, net, batch):
    torch.cuda.synchronize()
    y = benchmark.pedantic(forward_and_wait, args=(net, batch), warmup_rounds=10, rounds=100, iterations=1)
    assert y.shape == (batch.shape[0], 1000)
    benchmark.extra_info["batch"] = batch.shape[0]
