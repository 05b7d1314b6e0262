"""Compiled calls are not looked into, and the audit makes nothing compile anew."""

from functools import partial

import pytest
import torch
from torch import nn

import pytimer
from pytimer.call_audit.parts import is_compiled, parts_of


class Counted:
    """A backend that compiles nothing and counts how often it is asked to."""

    def __init__(self):
        torch._dynamo.reset()
        self.compilations = 0

    def __call__(self, graph, inputs):
        self.compilations += 1
        return graph.forward


@pytest.fixture
def backend():
    yield Counted()
    torch._dynamo.reset()


class Holder(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.part = part

    def forward(self, x):
        return self.part(x)

    def method(self, x):
        return self.part(x)


class Caller:
    def __init__(self, part):
        self.part = part

    def __call__(self, x):
        return self.part(x)


def in_place(model):
    model.compile(backend="eager")
    return model


NAMED_BY_A_GLOBAL = torch.compile(nn.Identity(), backend="eager")

HELD = {
    "itself": lambda part: part,
    "a module": Holder,
    "modules in modules": lambda part: nn.Sequential(nn.Sequential(Holder(part))),
    "an instance": Caller,
    "a closure": lambda part: lambda x: part(x),
    "a default": lambda part: lambda x, f=part: f(x),
    "a keyword default": lambda part: lambda x, *, f=part: f(x),
    "a list": lambda part: lambda x, f=(part,): f[0](x),
    "partial": lambda part: partial(map, part),
    "a method": lambda part: Holder(part).method,
    "a global": lambda part: lambda x: NAMED_BY_A_GLOBAL(x),
}


@pytest.mark.parametrize("held", HELD)
def test_compiled_code_is_found_wherever_it_is_held(held):
    part = torch.compile(nn.Identity(), backend="eager")
    assert any(map(is_compiled, parts_of(HELD[held](part))))
    if held != "a global":
        assert not any(map(is_compiled, parts_of(HELD[held](nn.Identity()))))


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_every_kind_of_compiled_code_is_known():
    x = torch.ones(1)
    for compiled in (
        torch.compile(nn.Identity()),
        torch.compile(len),
        in_place(nn.Identity()),
        torch.jit.trace(nn.Identity(), x),
        torch.jit.trace(torch.relu, x),
    ):
        assert any(map(is_compiled, parts_of(compiled)))
    assert not is_compiled(torch._dynamo.disable(len))


def test_the_audit_leaves_compiled_code_as_it_is(backend):
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
    compiled, x = torch.compile(net, backend=backend), torch.ones(1, 2)
    with torch.inference_mode():
        compiled(x)
        assert backend.compilations == 1
        seen = pytimer.audit(compiled, x)
        compiled(x)
    assert backend.compilations == 1
    assert seen.not_looked_at == "the operations inside compiled code"
    assert seen.caveats == ()
    assert "not looked at: the operations inside compiled code" in str(seen)


def test_compiled_code_that_nobody_found_is_not_compiled_anew(backend):
    compiled, x = torch.compile(lambda x: x + 1, backend=backend), torch.ones(2)
    hidden = iter([compiled] * 9)  # what an iterator holds cannot be known

    def call(x):
        return next(hidden)(x)

    with torch.inference_mode():
        call(x)
        seen = pytimer.audit(call, x)
        assert seen.not_looked_at is None
        call(x)
    assert backend.compilations == 1


def test_a_call_that_was_not_compiled_yet_is_not_by_the_audit(backend):
    pytimer.audit(torch.compile(lambda x: x + 1, backend=backend), torch.ones(2))
    assert backend.compilations == 0


def test_modes_of_compiled_code_are_seen_from_outside(backend):
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    compiled, x = torch.compile(net, backend=backend), torch.ones(1, 2)
    seen = pytimer.audit(lambda x: compiled(x), x)
    assert [caveat.name for caveat in seen.caveats] == ["train-mode", "records-gradients"]
    net.eval()
    with torch.inference_mode():
        assert pytimer.audit(lambda x: compiled(x), x).caveats == ()


def test_measuring_compiled_code_compiles_once(backend):
    net = torch.compile(nn.Linear(2, 2).eval(), backend=backend)
    pytimer.measure_latency(net, torch.ones(1, 2), warm_up=1, repetitions=3)
    assert backend.compilations == 1
