"""Models that do more than compute: the measurement goes on, and nothing of it stays behind."""

import os
import subprocess
import sys
import textwrap
import threading
from itertools import count

import pytest
import torch

import pytimer
from pytimer.torch_settings import TorchSettings

PLAN = {"warm_up": 2, "repetitions": 20}
LOOPS = ["native", "python"]


@pytest.mark.parametrize("loop", LOOPS)
def test_an_output_that_changes_its_shape(loop):
    sizes = count(1)
    result = pytimer.measure_latency(
        lambda x: x.repeat(next(sizes)), torch.ones(2), loop=loop, **PLAN
    )
    assert len(result.samples) == 20


@pytest.mark.parametrize(
    "output",
    [
        None,
        "text",
        {"a": [1, (2, torch.ones(1))]},
        object(),
        (number for number in range(3)),
        NotImplemented,
        pytest.raises,
    ],
    ids=lambda output: type(output).__name__,
)
@pytest.mark.parametrize("loop", LOOPS)
def test_an_output_that_is_no_tensor(loop, output):
    result = pytimer.measure_latency(lambda: output, (), loop=loop, **PLAN)
    assert len(result.samples) == 20


@pytest.mark.parametrize("loop", LOOPS)
def test_a_generator_that_is_made_anew_and_closed_with_an_error(loop):
    def model():
        try:
            yield 1
        finally:
            closed.append(1)

    closed = []
    result = pytimer.measure_latency(lambda: next(model()), (), loop=loop, **PLAN)
    assert len(result.samples) == 20
    assert len(closed) == 2 + 20 + 2  # the untimed calls of audit and FLOP too


def test_threads_that_outlive_the_measurement():
    def model():
        if not threads:
            threads.append(threading.Thread(target=over.wait, daemon=True))
            threads[0].start()

    threads, over = [], threading.Event()
    result = pytimer.measure_latency(model, (), **PLAN)
    assert len(result.samples) == 20
    assert threads[0].is_alive()
    over.set()
    threads[0].join()


def sets_much():
    torch.set_num_threads(1 + torch.get_num_threads() % 2)
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_float32_matmul_precision("medium")
    torch.set_grad_enabled(not torch.is_grad_enabled())
    torch.backends.cudnn.benchmark = True


def measured_latency(model):
    pytimer.measure_latency(model, (), **PLAN)


def measured_in_modes(model):
    pytimer.measure_modes(model, (), **PLAN)


def compared(model):
    pytimer.ab(model, model, (), pairs=3)


def audited(model):
    pytimer.count_flop(model, ())


@pytest.mark.parametrize("measure", [measured_latency, measured_in_modes, compared, audited])
@pytest.mark.parametrize("grad_mode", [True, False])
def test_what_a_model_sets_is_put_back(measure, grad_mode):
    with torch.set_grad_enabled(grad_mode):
        before = TorchSettings.here()
        measure(sets_much)
        assert TorchSettings.here() == before
        assert torch.is_grad_enabled() is grad_mode
        assert not torch.is_inference_mode_enabled()


def test_what_a_model_sets_before_it_raises_is_put_back():
    def model():
        sets_much()
        raise RuntimeError

    before = TorchSettings.here()
    with pytest.raises(pytimer.CallError):
        measured_latency(model)
    assert TorchSettings.here() == before


CLOSES = """
    import sys

    def make():
        def model(x):
            if not sys.stdout.closed:
                sys.stdout.close()
            return x
        return model
"""


def test_a_model_that_closes_standard_output_is_told_in_one_line(tmp_path):
    (tmp_path / "closes.py").write_text(textwrap.dedent(CLOSES))
    command = [sys.executable, "-m", "pytimer", "latency", f"{tmp_path / 'closes.py'}:make"]
    done = subprocess.run(
        [*command, "--shape", "2", "--repetitions", "20", "--json", str(tmp_path / "r.json")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 2
    assert done.stderr == (
        "pytimer: cannot print the report: the model has closed standard output; "
        "keep it open, or name a file (--json)\n"
    )
    assert len(pytimer.load(tmp_path / "r.json").samples) == 20
