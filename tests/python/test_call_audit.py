"""What the audit of a call sees, each beside the right set-up, in which it sees nothing."""

from contextlib import suppress
from functools import partial

import pytest
import torch
from torch import nn

import pytimer
from pytimer.call_audit.findings import CallAudit
from pytimer.devices import Observed

from .audited_devices import META, Elsewhere, cuda

__all__ = ["cuda"]

aten = torch.ops.aten


def names(seen):
    return [caveat.name for caveat in seen.caveats]


class Block(nn.Module):
    """Calls a function in a module of its own, so that the place of a finding has a name."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def test_copies_have_direction_count_bytes_and_module():
    layer = Block(lambda x: x.to("meta"))
    model = nn.ModuleDict({"layer4": layer}).eval()
    seen = pytimer.audit(lambda x: model["layer4"](x) + layer(x), torch.ones(5))
    assert [(c.source, c.target, c.count, c.size_bytes) for c in seen.copies] == [
        ("cpu", "meta", 2, 40)
    ]
    (caveat,) = seen.caveats
    assert caveat.name == "copies-inside"
    assert "2 from cpu to meta (40 bytes, first in layer4 (Block))" in caveat.message
    # The right set-up: everything is there.
    there = torch.ones(5, device="meta")
    assert pytimer.audit(lambda x: x.to("meta") + x, there, device=META).caveats == ()


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
@pytest.mark.parametrize(
    ("call", "size_bytes"),
    [
        (lambda x: x.to("meta"), 20),
        (lambda x: x.to("meta", torch.float64, non_blocking=True), 20),
        (lambda x: x.to(torch.ones(1, device="meta")), 20),
        (lambda x: torch.empty(5, device="meta").copy_(x), 20),
        (lambda x: x[:1].squeeze().to("meta"), 4),
    ],
)
def test_copies_are_seen_in_inference_mode_as_well(mode, call, size_bytes):
    with mode():
        seen = pytimer.audit(call, torch.ones(5), device=META)
    assert [(c.source, c.target, c.size_bytes) for c in seen.copies] == [
        ("cpu", "meta", size_bytes)
    ]


def test_a_copy_into_a_tensor_is_seen_and_both_ways_are_told_apart(cuda):
    there, here, non_blocking = torch.empty(3, device="cuda"), torch.ones(3), True

    def call():
        aten.copy_(there, here, non_blocking)
        return aten.copy_(here, there, non_blocking)

    seen = pytimer.audit(call, device=cuda)
    assert {(c.source, c.target) for c in seen.copies} == {("cpu", "cuda:0"), ("cuda:0", "cpu")}
    assert names(seen) == ["copies-inside"]
    assert pytimer.audit(lambda: aten.copy_(there, there.clone()), device=cuda).copies == ()
    non_blocking = False
    assert names(pytimer.audit(call, device=cuda)) == ["copies-inside", "synchronises-inside"]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: torch.zeros_like(x, device="meta"),
        lambda x: x.new_zeros(3, device="meta"),
        lambda x: torch.ones(3, device="meta") * torch.tensor(2.0),
    ],
)
def test_what_only_takes_a_shape_or_a_scalar_is_no_copy(call):
    assert pytimer.audit(call, torch.ones(3)).copies == ()


def test_an_index_on_the_host_is_copied(cuda):
    x, index = torch.ones(4, device="cuda"), torch.ones(2, dtype=torch.int64)
    seen = pytimer.audit(lambda: aten.index.Tensor(x, [index]), device=cuda)
    assert [(c.source, c.target) for c in seen.copies] == [("cpu", "cuda:0")]
    index = torch.ones(2, dtype=torch.int64, device="cuda")
    assert names(pytimer.audit(lambda: aten.index.Tensor(x, [index]), device=cuda)) == []


def test_tensors_made_on_the_host_and_copied_are_named():
    seen = pytimer.audit(
        lambda x: x + torch.arange(3).to("meta"), torch.ones(3, device="meta"), device=META
    )
    assert seen.made_on_host == 1
    assert names(seen) == ["copies-inside", "made-on-host"]
    seen = pytimer.audit(
        lambda x: x + torch.arange(3, device="meta"), torch.ones(3, device="meta"), device=META
    )
    assert (seen.made_on_host, names(seen)) == (0, [])


def test_on_the_host_making_tensors_and_reading_them_is_ordinary_work():
    def call(x):
        return x[x > 0].sum().item() + torch.arange(3).nonzero().sum() + torch.tensor([1.0])

    seen = pytimer.audit(call, torch.ones(3))
    assert (names(seen), seen.made_on_host, seen.synchronises) == ([], 0, False)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
@pytest.mark.parametrize(
    ("wait", "written"),
    [
        (lambda x: x.sum().item(), ".item()"),
        (lambda x: bool(x.sum()), None),
        (lambda x: aten.where(x > 0), None),
        (lambda x: aten.nonzero(x), "nonzero"),
        (lambda x: aten.index.Tensor(x, [x > 0]), "x[mask]"),
        (lambda x: torch.masked_select(x, x > 0), "masked_select"),
        (lambda x: torch.unique(x), "unique"),
        (lambda x: x.cpu(), "blocking copy to cpu"),
    ],
)
def test_what_waits_for_a_device_is_named_with_its_module(cuda, mode, wait, written):
    def call(x):
        with suppress(Exception):  # what waits for the values of a fake tensor raises
            return wait(x)

    with mode():
        seen = pytimer.audit(nn.Sequential(Block(call)), torch.ones(4, device="cuda"), device=cuda)
    written = written or seen.waits[0].what
    assert [(w.what, w.count, w.where) for w in seen.waits] == [(written, 1, "0 (Block)")]
    assert "synchronises-inside" in names(seen)
    (caveat,) = (c for c in seen.caveats if c.name == "synchronises-inside")
    assert f"{written} × 1, first in 0 (Block)" in caveat.message


def test_work_that_stays_on_the_device_does_not_wait(cuda):
    x = torch.ones(4, device="cuda")
    index = torch.ones(2, dtype=torch.int64, device="cuda")
    seen = pytimer.audit(
        lambda: torch.where(x > 0, x, 0).sum() + x.index_select(0, index).argmax(), device=cuda
    )
    assert (seen.waits, names(seen), seen.synchronises) == ((), [], False)


@pytest.mark.parametrize(
    ("observed", "caveats"),
    [
        (Observed(waits=0, driver_allocations=0), []),
        (Observed(), []),
        (Observed(waits=2, driver_allocations=0), ["synchronises-inside"]),
        (Observed(waits=0, driver_allocations=3), ["allocates-inside"]),
    ],
)
def test_what_the_device_itself_notes_is_a_caveat(observed, caveats):
    seen = pytimer.audit(len, (), device=Elsewhere("cpu", observed))
    assert names(seen) == caveats


class Dropping(nn.Module):
    def forward(self, x):
        return torch.dropout(x, 0.5, self.training)


@pytest.mark.parametrize("part", [nn.Dropout, partial(nn.BatchNorm2d, 1), Dropping])
def test_train_mode_is_seen_where_a_module_behaves_differently_in_it(part):
    net = nn.Sequential(nn.Conv2d(1, 1, 1), part())
    x = torch.ones(2, 1, 3, 3)
    with torch.inference_mode():
        seen = pytimer.audit(net, x)
        assert names(seen) == ["train-mode"]
        assert seen.training == (f"1 ({type(net[1]).__name__})",)
        assert net.training  # taken as it is
        assert names(pytimer.audit(net.eval(), x)) == []


def test_a_container_in_train_mode_works_as_in_eval_mode():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with torch.inference_mode():
        assert net.training
        assert names(pytimer.audit(net, torch.ones(1, 2))) == []


def test_gradients_recorded_are_a_caveat():
    net = nn.Linear(2, 2)
    seen = pytimer.audit(lambda x: net(x).argmax(), torch.ones(1, 2))
    assert seen.recorded > 0
    assert names(seen) == ["records-gradients"]
    with torch.no_grad():
        assert names(pytimer.audit(net, torch.ones(1, 2))) == []
    # Grad mode alone records nothing.
    assert names(pytimer.audit(lambda x: x.detach() + 1, torch.ones(1, requires_grad=True))) == []


def test_autocast_around_the_call_and_inside_a_module_is_a_caveat():
    net = nn.Linear(2, 2)
    inside = Block(torch.autocast("cpu", dtype=torch.bfloat16)(net.forward))

    def entered(x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return net(x)

    with torch.inference_mode():
        x = torch.ones(1, 2)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert pytimer.audit(net, x).autocast == "bfloat16"
        assert names(pytimer.audit(entered, x)) == ["autocast"]
        assert names(pytimer.audit(net, x)) == []
        assert inside(x).dtype is torch.bfloat16


def test_hooks_and_modes_are_taken_away_when_the_call_raises():
    from torch.nn.modules import module

    hooks = (module._global_forward_pre_hooks, module._global_forward_hooks)
    before = [len(kind) for kind in hooks]
    with pytest.raises(ZeroDivisionError):
        pytimer.audit(Block(lambda: 1 / 0))
    assert [len(kind) for kind in hooks] == before
    assert torch.utils._python_dispatch._get_current_dispatch_mode() is None


def test_the_call_is_made_once_on_the_host():
    calls = []
    pytimer.audit(calls.append, 1)
    assert calls == [1]


def test_what_cannot_be_called_is_refused():
    with pytest.raises(pytimer.PlanError, match="expected something to call, got str"):
        pytimer.audit("model.pt2")


def test_it_prints_as_a_report():
    with torch.inference_mode():
        seen = pytimer.audit(nn.Sequential(nn.Dropout()), torch.ones(2))
    first, caveat, remedy = str(seen).splitlines()
    assert first == "one call of Sequential on cpu"
    assert caveat == "  train-mode: modules work in train mode: 0 (Dropout)"
    assert remedy.startswith("    → call eval()")
    assert str(CallAudit("f", "cpu")).splitlines()[1:] == ["  nothing to doubt was seen"]


class TestAfterTheSamples:
    """`measure_latency` puts modules into eval mode, but not those it cannot see."""

    def measured(self, model, **options):
        options = {"warm_up": 1, "repetitions": 3} | options
        return pytimer.measure_latency(model, torch.ones(2), **options)

    def test_a_closed_over_module_in_train_mode_is_a_caveat(self):
        net = nn.Sequential(nn.Dropout())
        assert "train-mode" in names(self.measured(lambda x: net(x)))
        assert "train-mode" not in names(self.measured(net))
        assert "train-mode" not in names(self.measured(lambda x: net(x), audit=False))

    def test_a_call_is_made_behind_the_samples_unless_switched_off(self):
        calls = []
        for audit, made in ((True, 6), (False, 5)):
            calls.clear()
            self.measured(calls.append, audit=audit)
            assert len(calls) == made

    def test_an_audit_that_raises_loses_nothing(self):
        calls = []

        def model(x):
            calls.append(x)
            if len(calls) > 4:
                raise ZeroDivisionError

        result = self.measured(model)
        assert (len(calls), len(result.samples)) == (6, 3)

    def test_ctrl_c_in_the_audit_keeps_the_samples(self):
        calls = []

        def model(x):
            calls.append(x)
            if len(calls) > 4:
                raise KeyboardInterrupt

        with pytest.raises(pytimer.Interrupted) as caught:
            self.measured(model)
        assert len(caught.value.samples) == 3

    def test_the_caveats_travel_in_the_file(self, tmp_path):
        net = nn.Dropout()
        result = self.measured(lambda x: net(x))
        pytimer.save(result, tmp_path / "result.json")
        assert "train-mode" in names(pytimer.load(tmp_path / "result.json"))
