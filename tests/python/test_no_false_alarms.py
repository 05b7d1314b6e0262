"""Ordinary models, set up as they should be, give the audit nothing to say."""

from functools import partial

import pytest
import torch

import pytimer

from .audited_devices import META
from .test_benchmarks import loaded

ordinary = loaded("ordinary_models")
MODELS = ordinary.MODELS
inputs_of = partial(ordinary.inputs_of, size=64, tokens=16)

OF_AUDIT = {
    "allocates-inside",
    "autocast",
    "copies-inside",
    "made-on-host",
    "records-gradients",
    "synchronises-inside",
    "train-mode",
    "work-on-another-stream",
}


def names(seen):
    return {caveat.name for caveat in seen.caveats}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_in_eval_mode_gives_no_caveat(name):
    model, x = MODELS[name]().eval(), inputs_of(name)
    with torch.inference_mode():
        seen = pytimer.audit(model, x)
    assert (seen.caveats, seen.not_looked_at) == ((), None)
    result = pytimer.measure_latency(model, x, warm_up=1, repetitions=3)
    assert not names(result) & OF_AUDIT
    # The control arm: as it comes, in train mode and with gradients.
    assert names(pytimer.audit(model.train(), x)) == {"train-mode", "records-gradients"}


@pytest.mark.parametrize("name", MODELS)
def test_on_another_device_it_neither_copies_nor_makes_tensors_on_the_host(name):
    model, x = MODELS[name]().eval().to("meta"), inputs_of(name).to("meta")
    with torch.inference_mode():
        assert pytimer.audit(model, x, device=META).caveats == ()
        # The control arm: inputs on the host.
        seen = pytimer.audit(lambda x: model(x.to("meta")), inputs_of(name), device=META)
    assert names(seen) == {"copies-inside"}
