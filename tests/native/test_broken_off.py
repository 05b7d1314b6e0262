"""Whatever ends a measurement, and wherever: the samples before it are kept, in a result."""

import io

import pytest
import torch
from rich.console import Console

import pytimer
from pytimer import report
from pytimer.report.outputs.google_benchmark import google_benchmark_of
from pytimer.report.outputs.markdown import markdown_of
from pytimer.report.outputs.tidy_csv import csv_of
from pytimer.report.page import page_of
from pytimer.report.reading import read

WARM_UP, REPETITIONS = 3, 5
CALLS = {
    "first warm-up": 1,
    "last warm-up": 3,
    "first repetition": 4,
    "in the middle": 6,
    "last repetition": 8,
}
LATENCY = {
    "native": {},
    "python": {"loop": "python"},
    "pipelined": {"mode": "pipelined"},
    "pipelined in Python": {"mode": "pipelined", "loop": "python"},
}


class SpeechlessError(Exception):
    def __str__(self):
        raise SystemExit(3)


ERRORS = (
    RuntimeError("out of luck"),
    SystemExit(4),
    GeneratorExit(),
    SpeechlessError(),
    RecursionError("maximum recursion depth exceeded"),
    StopIteration(),
    MemoryError(),
)


def raising(error, call):
    """A model whose call number `call` raises, counted from 1."""
    calls = iter(range(1, 1000))

    def model(*_):
        if next(calls) == call:
            raise error

    return model


class Script(torch.nn.Module):
    def __init__(self, call: int):
        super().__init__()
        self.call = call
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if int(self.calls) == self.call:
            raise RuntimeError("out of luck")
        return x


def measure(way, model, **options):
    return pytimer.measure_latency(
        model,
        torch.ones(2),
        warm_up=WARM_UP,
        repetitions=REPETITIONS,
        **LATENCY[way],
        **options,
    )


def check(error, call):
    """Exactly the samples before that call, and a result of them unless they are warm-up."""
    warm_up = min(call - 1, WARM_UP)
    kept = call - 1 - warm_up
    if call <= WARM_UP:
        assert len(error.samples) == warm_up
        assert error.result is None
        return
    assert len(error.samples) == kept
    if not kept:
        assert error.result is None
        return
    assert error.result.samples == error.samples
    assert len(error.result.warm_up) == WARM_UP
    names = [caveat.name for caveat in error.result.caveats]
    assert names[0] == "incomplete"
    assert "out-of-time" not in names
    assert f"{call - WARM_UP} of {REPETITIONS}: {kept} sample" in error.result.caveats[0].message


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("way", LATENCY)
def test_a_call_that_raises_costs_no_sample(way, call):
    with pytest.raises(pytimer.CallError, match="out of luck") as caught:
        measure(way, raising(ERRORS[0], call))
    check(caught.value, call)


@pytest.mark.parametrize("error", ERRORS[1:], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", LATENCY)
def test_whatever_a_model_raises_is_a_call_error(way, error):
    with pytest.raises(pytimer.CallError, match=type(error).__name__) as caught:
        measure(way, raising(error, 6))
    assert caught.value.__cause__ is error
    check(caught.value, 6)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("way", LATENCY)
def test_ctrl_c_inside_a_call_costs_no_sample(way, call):
    with pytest.raises(pytimer.Interrupted) as caught:
        measure(way, raising(KeyboardInterrupt(), call))
    check(caught.value, call)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_torchscript_call_that_raises_costs_no_sample(call):
    with pytest.raises(pytimer.CallError, match="out of luck") as caught:
        measure("native", torch.jit.script(Script(call)))
    check(caught.value, call)


@pytest.mark.parametrize("whose", ["a", "b"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("error", [*ERRORS, KeyboardInterrupt()], ids=lambda e: type(e).__name__)
def test_a_pair_that_is_broken_off_leaves_those_before_it(whose, call, error):
    models = {"a": lambda x: x, "b": lambda x: x} | {whose: raising(error, call)}
    with pytest.raises((pytimer.CallError, pytimer.Interrupted)) as caught:
        pytimer.ab(*models.values(), torch.ones(2), warm_up=WARM_UP, pairs=REPETITIONS)
    kept = max(call - 1 - WARM_UP, 0)
    if not isinstance(error, KeyboardInterrupt):
        number = call - WARM_UP if call > WARM_UP else call
        assert f"pair {number} of" in str(caught.value)
    if not kept:
        assert caught.value.result is None
        return
    result = caught.value.result
    assert len(caught.value.samples) == len(result.samples_a) == len(result.samples_b) == kept
    assert result.caveats[0].name == "incomplete"
    assert f"in pair {kept + 1} of {REPETITIONS}: {kept} pair" in result.caveats[0].message


@pytest.mark.parametrize("options", [{"flop": False}, {"audit": False}])
def test_ctrl_c_after_the_last_repetition_costs_no_sample(options):
    model = raising(KeyboardInterrupt(), WARM_UP + REPETITIONS + 1)
    with pytest.raises(pytimer.Interrupted) as caught:
        measure("native", model, **options)
    result = caught.value.result
    assert len(caught.value.samples) == len(result.samples) == REPETITIONS
    assert result.floor_s is None
    assert result.caveats[0].message == "interrupted after 5 repetitions, before all was looked at"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (KeyboardInterrupt(), pytimer.Interrupted),
        (RuntimeError("lost"), pytimer.PyTimerError),
        (pytimer.CudaError("lost", "cudaEventRecord", 719), pytimer.CudaError),
    ],
)
def test_what_fails_after_the_last_repetition_costs_no_sample(error, kind, monkeypatch):
    def fails(*_):
        raise error

    monkeypatch.setattr("pytimer.latency.floor_s", fails)
    with pytest.raises(kind) as caught:
        measure("native", lambda x: x)
    assert len(caught.value.samples) == len(caught.value.result.samples) == REPETITIONS
    assert caught.value.result.caveats[0].name == "incomplete"


def test_nothing_is_asked_of_the_device_once_it_has_failed(monkeypatch):
    def asked(*_):
        raise AssertionError

    for name in ("floor_s", "audited", "work_of", "cold_over_warm"):
        monkeypatch.setattr(f"pytimer.latency.{name}", asked)
    with pytest.raises(pytimer.CallError) as caught:
        measure("native", raising(RuntimeError(), 8))
    assert caught.value.result.floor_s is None
    assert isinstance(caught.value.result.work.flop, pytimer.NotAvailable)
    with pytest.raises(AssertionError):  # the control arm
        raise measure_error(measure, "native", lambda x: x)


def measure_error(function, *arguments):
    """The cause of the error that it raises."""
    with pytest.raises(pytimer.PyTimerError) as caught:
        function(*arguments)
    return caught.value.__cause__


def test_the_precision_reached_so_far_is_told():
    with pytest.raises(pytimer.CallError) as caught:
        measure("native", raising(RuntimeError(), 8), precision=0.5)
    assert caught.value.result.converged is False


def test_beyond_the_repetitions_for_a_precision_no_number_is_wanted(monkeypatch):
    """Calls 4 to 8 are the repetitions, call 9 is untimed, and then it is sampled on."""
    monkeypatch.setattr("pytimer.measure.MOST_REWARM_CALLS", 1)
    with pytest.raises(pytimer.CallError, match="raised in repetition 7 on cpu") as caught:
        measure("native", raising(RuntimeError(), 11), precision=1e-9)
    assert len(caught.value.samples) == 6
    said = caught.value.result.caveats[0].message
    assert said == "the model raised in repetition 7: 6 samples"


def test_what_ends_after_the_time_was_up_was_no_repetition(monkeypatch):
    monkeypatch.setattr("pytimer.chunks.CHUNK_S", 0)  # so it is asked for the time at each call
    model = raising(KeyboardInterrupt(), WARM_UP + 2)
    with pytest.raises(pytimer.Interrupted) as caught:
        measure("native", model, max_seconds=1e-9, flop=False)
    said = caught.value.result.caveats[0].message
    assert said == "interrupted after 1 repetition, before all was looked at"


def test_rounds_that_were_not_reached_are_not_there(monkeypatch):
    monkeypatch.setattr("pytimer.measure.ROUND_PAUSE_S", 0)
    monkeypatch.setattr("pytimer.measure.MOST_REWARM_CALLS", 1)  # so calls 4, 6 and 8 are timed
    with pytest.raises(pytimer.CallError) as caught:
        measure("native", raising(RuntimeError(), 8), rounds=5)
    assert caught.value.result.samples.round_starts == (0, 1)


def test_modes_that_were_measured_are_kept_with_the_one_that_was_not_finished():
    calls_before = WARM_UP + REPETITIONS + WARM_UP
    with pytest.raises(pytimer.CallError) as caught:
        pytimer.measure_modes(
            raising(RuntimeError(), calls_before + 3),
            (),
            warm_up=WARM_UP,
            repetitions=REPETITIONS,
            audit=False,
            flop=False,
        )
    result = caught.value.result
    assert len(result["isolated"].samples) == REPETITIONS
    assert len(result["pipelined"].samples) == 2
    assert result["pipelined"].window_s is None
    assert [missing.mode for missing in result.missing] == ["queued"]


def test_run_keeps_a_latency_that_was_broken_off():
    told = []
    with pytest.raises(pytimer.CallError) as caught:
        pytimer.run(
            raising(RuntimeError(), 6),
            torch.ones(1, 2),
            warm_up=WARM_UP,
            repetitions=REPETITIONS,
            on_stage=told.append,
        )
    assert len(caught.value.result.latency.samples) == 2
    assert told == [caught.value.result]


def test_a_window_that_was_broken_off_has_no_rate():
    with pytest.raises(pytimer.CallError) as caught:
        pytimer.measure_throughput(
            raising(RuntimeError(), 6), torch.ones(1), batch_size=1, warm_up=WARM_UP
        )
    assert caught.value.result is None
    assert len(caught.value.samples) == 2


def test_a_sweep_that_was_broken_off_says_in_which_round():
    def model(x):
        seen.append(1)
        if len(seen) == limit:
            raise KeyboardInterrupt

    seen, limit = [], 0
    options = {"batch_sizes": [1], "rounds": 4, "repetitions": 4, "batches": 4, "warm_up": 0}
    pytimer.sweep(model, torch.ones(1, 2), isolate=False, **options)
    seen, limit = [], len(seen) - 1
    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.sweep(model, torch.ones(1, 2), isolate=False, **options)
    assert caught.value.result.caveats[0].message == "interrupted in round 4 of 4: 3 rounds"


def broken_off(kind):
    """A result of that kind that was broken off."""
    options = {"warm_up": WARM_UP, "repetitions": REPETITIONS}
    functions = {
        "latency": lambda model: pytimer.measure_latency(model, torch.ones(2), **options),
        "pipelined": lambda model: measure("pipelined", model),
        "modes": lambda model: pytimer.measure_modes(
            model, torch.ones(2), audit=False, flop=False, **options
        ),
        "ab": lambda model: pytimer.ab(
            model, lambda x: x, torch.ones(2), warm_up=WARM_UP, pairs=REPETITIONS
        ),
        "run": lambda model: pytimer.run(model, torch.ones(1, 2), isolate=False, **options),
    }
    with pytest.raises(pytimer.CallError) as caught:
        functions[kind](raising(RuntimeError(), 14 if kind == "modes" else 6))
    return caught.value.result


@pytest.mark.parametrize("kind", ["latency", "pipelined", "modes", "ab", "run"])
def test_it_is_written_read_and_shown_like_any_other(kind, tmp_path):
    result = broken_off(kind)
    pytimer.save(result, tmp_path / "result.json")
    assert pytimer.load(tmp_path / "result.json") == result
    shown = io.StringIO()
    console = Console(file=shown, width=80)
    report.show(result, console)
    report.show_headlines(result, console)
    report.show_settings(result, console)
    assert "the model raised in" in " ".join(shown.getvalue().split())
    for text in (markdown_of(read(result)), page_of(result)):
        assert "the model raised in" in text
    assert csv_of(read(result))
    assert google_benchmark_of(read(result))


@pytest.mark.parametrize("side", ["base", "new"])
@pytest.mark.parametrize("kind", ["latency", "run"])
def test_it_cannot_be_compared(kind, side):
    result = broken_off(kind)
    sides = {"base": result, "new": result}
    with pytest.raises(pytimer.NotComparableError, match="got one that was broken off"):
        pytimer.compare(**sides, allow_different=True)
    whole = pytimer.measure_latency(lambda x: x, torch.ones(2), warm_up=0, repetitions=5)
    pytimer.compare(whole, whole)  # the control arm
    if kind == "latency":
        with pytest.raises(pytimer.NotComparableError, match=f"complete result as {side}"):
            pytimer.compare(**({"base": whole, "new": whole} | {side: result}))
