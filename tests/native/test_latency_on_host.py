import gc
import re
import time

import numpy as np
import pytest
import torch

import pytimer

LOOPS = ["native", "python"]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_known_busy_wait_is_read_back(loop):
    """Lower bounds are strict; the control arm is the doubled work below."""

    def wait():
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end:
            pass

    result = pytimer.measure_latency(wait, (), loop=loop, warm_up=1, repetitions=20)
    assert result.min_s >= 0.002


@pytest.mark.parametrize("loop", LOOPS)
def test_doubled_work_reads_as_double(loop):
    def wait(seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    one, two = (
        pytimer.measure_latency(wait, (seconds,), loop=loop, warm_up=1, repetitions=30).median_s
        for seconds in (0.001, 0.002)
    )
    assert two / one == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("loop", LOOPS)
def test_result_has_what_the_plan_says(loop):
    calls = []
    result = pytimer.measure_latency(
        calls.append,
        (None,),
        loop=loop,
        warm_up=3,
        repetitions=25,
        name="append",
        audit=False,
        flop=False,
    )
    assert len(calls) == 3 + 25
    for column in (result.samples.host_s, result.samples.enqueue_s, result.samples.device_s):
        assert column.shape == (25,)
        assert column.dtype == np.float64
    assert result.warm_up_s.shape == (3,)
    assert result.first_call_s == result.warm_up.host_s[0]
    assert result.mean_s == np.sum(result.latency_s) / 25
    assert result.std_s == np.std(result.latency_s)
    assert result.min_s <= result.median_s <= result.max_s
    assert result.percentile_s(0.99) is None
    assert result.plan == pytimer.LatencyPlan(loop=pytimer.Loop(loop), warm_up=3, repetitions=25)
    assert (result.subject.model, result.subject.device) == ("append", "cpu")


def test_without_warm_up_there_is_no_first_call():
    result = pytimer.measure_latency(int, (), warm_up=0, repetitions=1)
    assert result.first_call_s is None
    assert result.std_s is None
    assert result.warm_up_s.shape == (0,)
    assert [caveat.name for caveat in result.caveats if caveat.name == "single-sample"]


def test_a_module_is_in_eval_and_inference_mode_and_put_back():
    seen = []

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.part = torch.nn.Dropout()
            self.frozen = torch.nn.Dropout().eval()

        def forward(self, x):
            seen.append((self.training, self.part.training, torch.is_inference_mode_enabled()))
            return x

    model = Model()
    pytimer.measure_latency(model, torch.ones(1), warm_up=1, repetitions=1)
    assert seen == [(False, False, True)] * 4  # the two untimed calls too
    assert (model.training, model.part.training, model.frozen.training) == (True, True, False)
    assert not torch.is_inference_mode_enabled()


def test_the_module_is_put_back_when_it_raises():
    model = torch.nn.Linear(2, 2)
    with pytest.raises(pytimer.CallError):
        pytimer.measure_latency(model, torch.ones(1, 3))
    assert model.training


@pytest.mark.parametrize("loop", LOOPS)
def test_a_model_that_raises_on_the_7th_repetition_loses_nothing(loop):
    calls = iter(range(1, 100))

    def model(x):
        if next(calls) == 10 + 7:
            raise RuntimeError("seventh")
        return x

    with pytest.raises(pytimer.CallError, match=r"in repetition 7 of 300 .*: seventh") as caught:
        pytimer.measure_latency(model, torch.ones(2, 3), loop=loop)
    assert len(caught.value.samples) == 6
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert "2×3 float32" in str(caught.value)


def test_a_shape_that_the_model_refuses_keeps_the_models_message():
    with pytest.raises(pytimer.CallError, match="mat1 and mat2 shapes cannot be") as caught:
        pytimer.measure_latency(torch.nn.Linear(8, 8), torch.ones(1, 9))
    assert "warm-up call 1 of 10" in str(caught.value)
    assert "1×9 float32" in str(caught.value)


@pytest.mark.parametrize("loop", LOOPS)
def test_interruption_keeps_the_samples(loop):
    calls = iter(range(1, 100))

    def model():
        if next(calls) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        pytimer.measure_latency(model, (), loop=loop, warm_up=0)
    assert isinstance(caught.value, pytimer.Interrupted)
    assert len(caught.value.samples) == 4


def test_interruption_between_chunks_is_honoured():
    def stop(progress):
        if progress.stage == "latency":
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.measure_latency(time.sleep, (0.02,), warm_up=1, repetitions=1000, on_progress=stop)
    assert 1 <= len(caught.value.samples) < 100


def test_garbage_collection_is_paused_and_put_back():
    states = []
    pytimer.measure_latency(
        lambda: states.append(gc.isenabled()), (), repetitions=5, audit=False, flop=False
    )
    assert set(states) == {False}
    assert gc.isenabled()
    gc.disable()
    try:
        pytimer.measure_latency(int, (), repetitions=1)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_progress_is_told_and_untimed_calls_follow_each_pause():
    told, calls = [], []

    def model():
        calls.append(1)
        time.sleep(0.1)

    result = pytimer.measure_latency(
        model, (), warm_up=2, repetitions=12, audit=False, flop=False, on_progress=told.append
    )
    latency = [progress for progress in told if progress.stage == "latency"]
    assert latency[-1].done == latency[-1].total == 12
    assert "median so far" in latency[0].note
    first = told[0]
    assert (first.stage, first.done) == ("warm-up", 1)
    assert re.fullmatch(r"\d+\.\d+ ms a call so far", first.note)
    assert result.samples.chunk_starts == tuple(progress.done for progress in latency[:-1])
    after_warm_up = 1
    assert len(calls) == 2 + after_warm_up + 12 + len(result.samples.chunk_starts)
    assert len(result.latency_s) == 12


def test_inputs_of_every_kind_reach_the_model():
    seen = []

    def model(*args, **kwargs):
        seen[:] = [(args, kwargs)]

    def measure(inputs):
        pytimer.measure_latency(model, inputs, warm_up=0, repetitions=1)
        return seen[0]

    x = torch.ones(2)
    assert measure(()) == ((), {})
    assert measure(x)[0][0] is x
    assert measure((x, 3))[0][1] == 3
    assert measure({"a": x, "b": None})[1].keys() == {"a", "b"}
    nested = measure(([x, {"deep": (x,)}],))[0][0]
    assert isinstance(nested, list)
    assert nested[1]["deep"][0] is x


@pytest.mark.parametrize("loop", LOOPS)
def test_a_list_of_inputs_is_taken_in_turn(loop):
    seen = []
    inputs = [torch.full((2,), float(i)) for i in range(3)]
    result = pytimer.measure_latency(
        lambda x: seen.append(x[0].item()),
        inputs,
        loop=loop,
        warm_up=0,
        repetitions=7,
        audit=False,
        flop=False,
    )
    assert seen == [0, 1, 2, 0, 1, 2, 0]
    assert result.subject.input_sets == 3
    assert "inputs-fit-cache" in [caveat.name for caveat in result.caveats]


def test_an_empty_list_of_inputs_is_refused():
    with pytest.raises(pytimer.PlanError, match="empty list of input sets"):
        pytimer.measure_latency(print, [])


@pytest.mark.parametrize(
    ("model", "inputs", "options", "error", "message"),
    [
        (3, (), {}, pytimer.PlanError, "model must be callable, or the path of .*, got int"),
        (int, (), {"mode": "fast"}, pytimer.PlanError, "mode must be one of isolated"),
        (int, (), {"mode": "queued"}, pytimer.DeviceUnavailableError, "queued needs a CUDA device"),
        (int, (), {"mode": "graph"}, pytimer.DeviceUnavailableError, "graph. needs a CUDA device"),
        (int, (), {"call": "jit"}, pytimer.PlanError, "call must be one of auto, eager, aoti"),
        (int, (), {"cache": "hot"}, pytimer.PlanError, "cache must be one of warm, cold"),
        (int, (), {"max_seconds": 0}, pytimer.PlanError, "max_seconds must be"),
        (int, (), {"loop": "c"}, pytimer.PlanError, "loop must be one of native, python"),
        (int, (), {"repetitions": 0}, pytimer.PlanError, "repetitions must be"),
        (int, {1: 2}, {}, pytimer.PlanError, "its keys must be text"),
        (int, (), {"device": "gpu"}, pytimer.DeviceUnavailableError, "got 'gpu'"),
        (int, (), {"device": "mps"}, pytimer.DeviceUnavailableError, "has no mps devices"),
        (
            torch.nn.Linear(1, 1, device="meta"),
            (),
            {"device": "cpu"},
            pytimer.DeviceUnavailableError,
            r'the model is on meta, cpu was asked for; move it: model.to\("cpu"\)',
        ),
    ],
)
def test_what_cannot_be_done_is_said(model, inputs, options, error, message):
    with pytest.raises(error, match=message):
        pytimer.measure_latency(model, inputs, **options)


def test_a_precision_is_reached_or_its_absence_said():
    def work(_):
        sum(range(2000))

    result = pytimer.measure_latency(work, (0,), repetitions=50, precision=0.2, max_seconds=20)
    assert result.converged
    assert result.judgement.half_width <= 0.2
    assert len(result.kept_s) >= 50
    assert len(result.kept_s) + result.judgement.cut == len(result.latency_s)
    assert "warming" not in [caveat.name for caveat in result.caveats]

    hopeless = pytimer.measure_latency(work, (0,), repetitions=50, precision=1e-9, max_seconds=0.5)
    assert hopeless.converged is False
    assert "not-converged" in [caveat.name for caveat in hopeless.caveats]
    assert len(hopeless.latency_s) > 50


def test_without_a_precision_all_samples_are_kept():
    result = pytimer.measure_latency(int, (), repetitions=50)
    assert result.converged is None
    assert result.kept_s is not None
    assert len(result.kept_s) == 50


def test_mean_and_std_are_of_all_raw_samples_with_a_precision_too():
    calls = iter(range(10**6))

    def work():
        time.sleep(0.002 if next(calls) < 60 else 0.0005)

    result = pytimer.measure_latency(work, (), warm_up=1, repetitions=200, precision=0.5)
    assert result.judgement.cut >= 50
    assert result.mean_s == np.mean(result.latency_s)
    assert result.max_s >= 0.002
    assert result.median_s == np.median(result.latency_s[result.judgement.cut :])
