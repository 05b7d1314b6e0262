"""What a setup may say, in which models, and how results and reports say it."""

from dataclasses import replace

import pytest
import torch
from rich.console import Console
from torch import nn

import pytimer
from pytimer import Setup, report
from pytimer.cli.options import SETUP
from pytimer.workload import prepared

from . import results

IMAGES = torch.ones(2, 3, 4, 4)


def conv():
    return nn.Conv2d(3, 8, 3)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"channels_last": "no"}, "channels_last must be True or False, got 'no'"),
        ({"threads": 0}, "threads must be an integer ≥ 1, got 0"),
        ({"amp": "int8"}, "amp must be one of None, auto, float16, bfloat16, got 'int8'"),
        ({"compile": "fast"}, "compile must be one of None, default, reduce-overhead"),
        ({"grad_mode": "off"}, "grad_mode must be one of inference, no_grad, enabled, got 'off'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_could(wrong, text):
    with pytest.raises(pytimer.PlanError, match=text):
        Setup(**wrong)


def test_only_what_differs_is_said():
    assert Setup().words == ()
    everything = Setup(
        amp="bfloat16", channels_last=True, compile="default", grad_mode="no_grad", threads=1
    )
    assert everything.words == (
        "amp bfloat16",
        "channels-last",
        "torch.compile default",
        "no_grad",
        "1 thread",
    )
    assert Setup(grad_mode="enabled", threads=2).words == ("gradients recorded", "2 threads")


def test_options_and_values_have_the_same_choices():
    @SETUP
    def command():
        pass

    choices = {
        option.name: option.type.choices
        for option in command.__click_params__
        if option.name in ("amp", "compile", "grad_mode")
    }
    for name, values in choices.items():
        for value in values:
            assert getattr(Setup(**{name: value}), name) == value


def test_the_report_says_how_the_model_was_set_up():
    result = results.latency()
    setup = Setup(amp="bfloat16", threads=1)
    result = replace(result, subject=replace(result.subject, setup=setup))
    console = Console(width=200)
    with console.capture() as text:
        report.show(result, console)
    assert text.get().startswith(
        "example-net · 1×3×224×224 float32 · cpu · eager · amp bfloat16 · 1 thread\n"
    )
    assert "compiled before" not in text.get()


@pytest.mark.parametrize("make", [results.latency, results.throughput])
def test_compilation_has_a_line_of_its_own(make):
    console = Console(width=200)
    with console.capture() as text:
        report.show(replace(make(), compile_s=12.5), console)
    line = "  compiled before the warm-up: 12.50 s of calls that are in no sample\n"
    assert line in text.get()


def test_a_file_keeps_the_setup(tmp_path):
    result = results.latency()
    setup = Setup(amp="float16", compile="max-autotune", grad_mode="enabled", threads=3)
    result = replace(result, subject=replace(result.subject, setup=setup), compile_s=2.5)
    pytimer.save(result, tmp_path / "result.json")
    assert pytimer.load(tmp_path / "result.json") == result


@pytest.mark.parametrize(
    ("setup", "text"),
    [
        (Setup(compile="default"), "compile is for a model in Python, got TorchScript"),
        (Setup(channels_last=True), "channels_last is for a model in Python"),
        (Setup(amp="auto", compile="default"), "amp and compile is for a model in Python"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_what_is_compiled_already_is_not_set_up_again(setup, text):
    script = torch.jit.trace(conv().eval(), IMAGES)
    with pytest.raises(pytimer.PlanError, match=text), prepared(script, IMAGES, None, setup=setup):
        pass


@pytest.mark.parametrize("call", ["aoti", "torchscript"])
def test_a_model_is_compiled_in_one_way_only(call):
    for setup in (Setup(compile="default"), Setup(amp="auto")):
        with pytest.raises(pytimer.PlanError, match=f"call {call} compiles the model"):
            pytimer.measure_latency(conv(), IMAGES, call=call, setup=setup)


def test_channels_last_needs_an_input_that_can_be():
    inputs, setup = torch.ones(1, 8), Setup(channels_last=True)
    with (
        pytest.raises(pytimer.PlanError, match="4-d tensor among the inputs, got 1×8 float32"),
        prepared(nn.Linear(8, 8), inputs, None, setup=setup),
    ):
        pass


def test_channels_last_needs_the_module_whose_weights_it_formats():
    module, setup = conv(), Setup(channels_last=True)
    with (
        pytest.raises(pytimer.PlanError, match="got function; pass the module itself"),
        prepared(lambda x: module(x), IMAGES, None, setup=setup),
    ):
        pass
    with prepared(module, IMAGES, None, setup=setup):
        pass


def test_autocast_that_the_device_lacks_is_refused(monkeypatch):
    monkeypatch.setattr("torch.amp.autocast_mode.is_autocast_available", lambda kind: False)
    with (
        pytest.raises(pytimer.PlanError, match=r"amp bfloat16 cannot be had on cpu: .*unsupported"),
        prepared(conv(), IMAGES, None, setup=Setup(amp="bfloat16")),
    ):
        pass


def test_automatic_autocast_is_named_by_its_type():
    with prepared(conv(), IMAGES, None, setup=Setup(amp="auto")) as workload:
        assert workload.subject.setup == Setup(amp="bfloat16")


def test_a_setup_goes_with_a_model():
    with pytest.raises(pytimer.PlanError, match="setup go with a model"):
        pytimer.compare_loops(device="cpu", setup=Setup(threads=1))
