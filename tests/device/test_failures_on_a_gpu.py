"""What fails on a GPU, and what is left: the samples before it, and a device that can go on."""

import subprocess
import sys
import textwrap

import pytest
import torch

import pytimer

pytestmark = pytest.mark.cuda

WARM_UP, FAILS_AT = 2, 14

MODELS = f"""
    import os
    import signal

    import torch

    calls = 0

    def at_call(number, act):
        weight = torch.ones(8, device="cuda")

        def model(x):
            global calls
            calls += 1
            if calls == number:
                act()
            torch.cuda._sleep(200_000_000)  # some 0.1 s
            return x + weight
        return model

    def asserts():
        index = torch.tensor([1 << 20], device="cuda")
        return at_call({FAILS_AT}, lambda: torch.ones(8, device="cuda")[index])

    def spins():
        def act():
            for _ in range(1000):
                torch.cuda._sleep(1 << 40)
        return at_call({FAILS_AT}, act)

    def is_killed():
        return at_call({FAILS_AT}, lambda: os.kill(os.getpid(), signal.SIGKILL))
"""


def called_so_often(act):
    """A model that does something else in its 14th call."""
    calls = iter(range(1, 1000))

    def model(x):
        if next(calls) == FAILS_AT:
            act()
        return x + 1

    return model


def works_as_before():
    result = pytimer.measure_latency(torch.nn.ReLU(), torch.ones(8), device="cuda", repetitions=5)
    return result.median_s > 0


@pytest.mark.parametrize("mode", ["isolated", "pipelined", "queued"])
def test_a_call_for_which_there_is_no_memory_costs_no_sample(mode):
    total = torch.cuda.get_device_properties(0).total_memory
    model = called_so_often(lambda: torch.empty(2 * total, dtype=torch.uint8, device="cuda"))
    with pytest.raises(pytimer.CallError, match="out of memory") as raised:
        pytimer.measure_latency(
            model, torch.ones(8), device="cuda", mode=mode, warm_up=WARM_UP, repetitions=100
        )
    assert "\n" not in str(raised.value)
    if mode != "queued":  # which makes calls of its own, to learn how long they take
        assert 1 <= len(raised.value.samples) <= FAILS_AT - WARM_UP - 1
    assert (raised.value.samples.latency_s > 0).all()
    assert works_as_before()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda x: x.sum().item(), "not permitted when stream is capturing"),
        (lambda x: x[x > 0], "cannot be captured"),
        (torch.nn.functional.dropout, "draws random numbers"),
    ],
)
def test_what_cannot_be_captured_is_told_and_leaves_the_device_as_it_was(model, words):
    with pytest.raises(pytimer.CaptureError, match=words) as raised:
        pytimer.measure_latency(model, torch.ones(8), device="cuda", mode="graph")
    assert "\n" not in str(raised.value)
    assert not torch.cuda.is_current_stream_capturing()
    assert torch.randn(8, device="cuda").isfinite().all()
    assert works_as_before()


@pytest.fixture
def command(tmp_path):
    path = tmp_path / "models.py"
    path.write_text(textwrap.dedent(MODELS))
    out = tmp_path / "out.json"

    def carried_out(factory, *options):
        model = f"{path}:{factory}"
        shape = ("--shape", "8", "--device", "cuda", "--json", str(out))
        extent = ("--warm-up", str(WARM_UP), "--repetitions", "200")
        arguments = [sys.executable, "-m", "pytimer", "latency", model, *shape, *extent, *options]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=180, check=False)
        # The kernel prints its own words.
        own = [line for line in done.stderr.splitlines() if "Assertion" not in line]
        return done.returncode, own, pytimer.load(out) if out.exists() else None

    return carried_out


def check_incomplete(result):
    assert 1 <= len(result.samples) <= FAILS_AT - WARM_UP - 1
    assert result.min_s > 1e-3
    assert "incomplete" in [caveat.name for caveat in result.caveats]


@pytest.mark.parametrize("mode", ["isolated", "pipelined"])
def test_a_kernel_that_asserts_leaves_the_samples_before_it(command, mode):
    """The context is lost, and every later call to the runtime fails as well.

    The events of a window are read behind it, and then cannot be read any more.
    """
    code, (line,), result = command("asserts", "--mode", mode)
    assert code == 2
    assert line.startswith("pytimer: ")
    assert "assert" in line
    if mode == "isolated":
        check_incomplete(result)
    else:
        assert result is None


def test_a_kernel_that_does_not_end_is_killed_when_the_time_is_over(command):
    code, (line,), result = command("spins", "--timeout", "20")
    assert code == 2
    assert "not finished within --timeout 20 s" in line
    check_incomplete(result)
    assert works_as_before()


def test_a_process_that_is_killed_leaves_what_was_known_last(command):
    code, (line,), result = command("is_killed", "--timeout", "120")
    assert code == 2
    assert line.endswith("was killed by SIGKILL")
    check_incomplete(result)
