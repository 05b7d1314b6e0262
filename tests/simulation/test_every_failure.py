"""Each call of the CUDA runtime fails in turn, in every measurement: how it ends, what is left.

The usual run takes the first, the middle and the last call of each function; `make test-all` takes
every call.
"""

from __future__ import annotations

import gc
import itertools
import time
from dataclasses import dataclass, field

import pytest

import pytimer
from pytimer import codec

from .measurements import CALLS, MEASUREMENTS, WARM_UP, pairs, small
from .simulation import Manner, SimulatedDevice

ELAPSED = "cudaEventElapsedTime"
WAITS = {"cudaEventSynchronize", "cudaDeviceSynchronize", "cudaEventQuery"}

# What fails in these may have no consequence: what is no longer needed, a device that is put back
# (tried twice), and the calls of the audit and of the count of FLOP, which cost no sample.
FORGIVEN = {
    "cudaEventDestroy",
    "cudaLibraryUnload",
    "cudaSetDevice",
    "launch",
    "launch_graph",
    "cudaDeviceSynchronize",
}

# Their results depend on the order of threads, or on the host's own clock.
UNEVEN = {"two threads", "self-test"}

# Whatever the audited function raises is passed on, as it says.
PASSED_ON = {"audit"}


@dataclass(frozen=True)
class Fault:
    code: int
    manner: Manner


FAULTS = {
    "launch failure for good": Fault(719, Manner.STICKY),
    "out of memory once": Fault(2, Manner.ONCE),
    "invalid value once": Fault(1, Manner.ONCE),
    "illegal address at the next wait": Fault(700, Manner.AT_NEXT_WAIT),
}


@pytest.fixture(autouse=True)
def few_calls(monkeypatch):
    small(monkeypatch)


@pytest.fixture
def bench(simulation):
    return Bench(simulation)


@dataclass
class Bench:
    """Makes a measurement with a fault at one of its calls, and looks at what is left."""

    simulation: object
    broken: list[str] = field(default_factory=list)

    def device(self):
        # Another than the current one, so that it must be made current, and put back.
        return SimulatedDevice(self.simulation, index=1)

    def healthy(self, measurement):
        """Its result, and the functions it calls in order."""
        self.simulation.reset()
        result = measurement(self.simulation, self.device())
        return result, counted(self.simulation.log())

    def outcome(self, measurement, index, fault, most_calls):
        """What it returns, or the error it raises."""
        self.simulation.reset()
        self.simulation.set_most_calls(most_calls)
        self.simulation.fail_at(index, fault.code, fault.manner)
        device = self.device()
        try:
            outcome = measurement(self.simulation, device)
        except Exception as error:
            outcome = error
            let_go(error)
        self.expect(self.simulation.live_events() == 0 or self.after_collection(), "events")
        self.expect(self.simulation.counted_calls() < most_calls, "it goes on for ever")
        self.expect(device.stream is None, "the stream")
        del device  # unloads its kernel, which may be what fails
        self.failed = self.simulation.failed_call()
        self.simulation.fail_at(-1, 0, Manner.ONCE)
        if fault.manner is Manner.ONCE:
            self.expect(self.simulation.last_error() == 0, "the last error")
            self.expect(self.simulation.current_device() == 0, "the current device")
        return outcome

    def after_collection(self):
        gc.collect()
        return self.simulation.live_events() == 0

    def expect(self, holds, what):
        if not holds:
            self.broken.append(f"{self.at}: {what}")

    at = ""
    failed = ""  # the function whose call was made to fail


def let_go(error):
    """Of the frames whose traceback it holds, and with them of what their variables hold."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def counted(log):
    return [name for name in log if name not in ("cudaGetLastError", "cudaPeekAtLastError")]


def chosen(calls):
    """The first, the middle and the last call of each function."""
    indices = set()
    for name in set(calls):
        own = [index for index, one in enumerate(calls) if one == name]
        indices |= {own[0], own[len(own) // 2], own[-1]}
    return sorted(indices)


def every(calls):
    return range(len(calls))


def essence(result):
    """All of a result but the count of FLOP, whose call may fail with no other consequence."""
    return without_flop(codec.encode(result))


def without_flop(value):
    if isinstance(value, dict):
        left = value.keys() - {"flop", "peak", "probe_s"}
        return {name: without_flop(value[name]) for name in left}
    return [without_flop(one) for one in value] if isinstance(value, list) else value


def check_blame(bench, name, error, fault, failed):
    """The error says what failed, and is one of pytimer's."""
    bench.expect(isinstance(error, pytimer.PyTimerError) or name in PASSED_ON, repr(error))
    chain = list(causes(error))
    of_cuda = next((one for one in chain if isinstance(one, pytimer.CudaError)), None)
    if of_cuda is None:
        # The model's own, as torch words it.
        bench.expect(any(f"failed with {fault.code}" in str(one) for one in chain), repr(error))
        return
    bench.expect(of_cuda.code == fault.code, f"code {of_cuda.code}")
    if fault.manner is Manner.ONCE:
        bench.expect(of_cuda.call == failed, f"{of_cuda.call} is blamed")
    elif fault.manner is Manner.STICKY:
        # Of several threads another one may meet it first.
        is_met_later = failed in FORGIVEN or name == "two threads"
        bench.expect(of_cuda.call == failed or is_met_later, f"{of_cuda.call} is blamed")


def causes(error):
    """The error, and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def run_grid(bench, name, fault, choose):
    measurement = MEASUREMENTS[name]
    healthy, calls = bench.healthy(measurement)
    whole = essence(healthy)
    if name not in UNEVEN:
        assert essence(bench.healthy(measurement)[0]) == whole  # the control arm: nothing varies
    for index in choose(calls):
        bench.at = f"{name}, call {index} ({calls[index]})"
        outcome = bench.outcome(measurement, index, fault, 3 * len(calls))
        as_meant = name == "two threads" or bench.failed == calls[index]
        bench.expect(as_meant, f"{bench.failed or 'nothing'} was made to fail")
        failed = bench.failed or calls[index]  # a short run of threads may not reach that call
        if isinstance(outcome, Exception):
            check_blame(bench, name, outcome, fault, failed)
            check_kept(bench, name, outcome, fault, calls, index, healthy)
        elif name == "search" or (name == "sweep" and fault.code == 2):
            check_limit(bench, outcome)
        elif name == "modes" and outcome.missing:
            bench.expect(f"failed with {fault.code}" in outcome.missing[0].reason, "no reason")
        else:
            later = fault.manner is Manner.AT_NEXT_WAIT
            needless = later or failed in FORGIVEN or not bench.failed
            bench.expect(needless, f"{failed} failed without consequence")
            bench.expect(name in UNEVEN or essence(outcome) == whole, "another result")
        del outcome
    gc.collect()
    assert bench.simulation.live_libraries() == 0
    assert "\n".join(bench.broken) == ""
    if name not in UNEVEN:
        assert essence(bench.healthy(measurement)[0]) == whole


def has_ended_early(result):
    return any(caveat.name == "incomplete" for caveat in result.caveats)


def check_limit(bench, result):
    """A search that went on says which size failed, and why."""
    points = getattr(result, "probes", None) or [point.probe for point in result.points]
    failures = {probe.failure for probe in points} - {None}
    bench.expect(failures <= {"memory", "index"}, f"{failures}")


def check_kept(bench, name, error, fault, calls, index, healthy):
    """As many samples as the log of the healthy measurement shows finished before that call."""
    if fault.manner is Manner.AT_NEXT_WAIT:
        return
    kept = 0 if getattr(error, "samples", None) is None else len(error.samples)
    expected = EXPECTED.get(name)
    if expected is not None:
        wanted = expected(calls, index, fault.manner is Manner.STICKY)
        bench.expect(kept == wanted, f"{kept} samples are kept, {wanted} were taken")
    if name == "modes" and error.result is not None:
        *kept, last = error.result.results
        kept += [] if has_ended_early(last) else [last]
        whole = [essence(one) for one in healthy.results[: len(kept)]]
        bench.expect([essence(one) for one in kept] == whole, "other modes")
    if name == "load":
        # A request is a launch and a synchronisation.
        launches = [i for i, one in enumerate(calls) if one == "launch"][WARM_UP:]
        served = sum(launch + 1 < index for launch in launches)
        points = () if error.result is None else error.result.points
        bench.expect(sum(len(one.requests) for one in points) == served, f"not {served} served")


def of_phases(*phases):
    """Isolated calls: one is finished once its events were read; each phase forgets the last."""

    def expected(calls, index, _):
        finished = calls[:index].count(ELAPSED)
        for phase in phases[:-1]:
            if finished < phase:
                return finished
            finished -= phase
        return min(finished, phases[-1])

    return expected


def of_pauses(calls, index, _):
    """Isolated calls, before each of which comes one that is not kept."""
    finished = calls[:index].count(ELAPSED)
    return finished if finished < WARM_UP else min((finished - WARM_UP) // 2, CALLS)


def of_window(*, launches=1):
    """Pipelined calls: one is complete once the event behind its launch was recorded.

    After an error that stays no event can be read any more.
    """

    def expected(calls, index, is_sticky):
        read = calls[:index].count(ELAPSED)
        if read < WARM_UP:
            return read
        made = [i for i, one in enumerate(calls) if one == "launch"]
        window = made[launches * WARM_UP :][launches - 1 :: launches][:CALLS]
        complete = sum(launch + 1 < index for launch in window)
        if is_sticky:
            return min((read - WARM_UP) // 2, CALLS)
        return complete

    return expected


PILOT = 10
EXPECTED = {
    "isolated": of_phases(WARM_UP, CALLS),
    "isolated in the Python loop": of_phases(WARM_UP, CALLS),
    "cold": of_phases(WARM_UP, CALLS),
    "with pauses": of_pauses,
    "queued": of_phases(WARM_UP, PILOT, CALLS),
    "queued and cold": of_phases(WARM_UP, PILOT, CALLS),
    "graph": of_phases(WARM_UP, PILOT, CALLS),
    "pipelined": of_window(),
    "pipelined in the Python loop": of_window(),
    "throughput": of_window(),
    "energy": of_window(),
    "copied in": of_window(launches=2),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", MEASUREMENTS)
def test_whichever_function_fails_it_is_told_and_nothing_is_lost_or_left(bench, name, fault):
    run_grid(bench, name, FAULTS[fault], chosen)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", MEASUREMENTS)
def test_whichever_call_fails_it_is_told_and_nothing_is_lost_or_left(bench, name, fault):
    run_grid(bench, name, FAULTS[fault], every)


@pytest.mark.parametrize("name", [name for name in MEASUREMENTS if name != "two threads"])
def test_a_slow_host_makes_the_same_calls(bench, name, monkeypatch):
    _, calls = bench.healthy(MEASUREMENTS[name])
    monkeypatch.setattr(time, "perf_counter", itertools.count(step=10.0).__next__)
    assert bench.healthy(MEASUREMENTS[name])[1] == calls  # else an index is of another call


@pytest.mark.parametrize("fault", ["launch failure for good", "invalid value once"])
def test_whole_pairs_are_kept(bench, fault):
    made = []

    def measurement(simulation, device):
        made.clear()
        return pairs(simulation, device, made)

    _, calls = bench.healthy(measurement)
    order = list(made)
    for index in range(len(calls)):
        bench.at = f"call {index} ({calls[index]})"
        outcome = bench.outcome(measurement, index, FAULTS[fault], 3 * len(calls))
        if isinstance(outcome, Exception):
            finished = calls[:index].count(ELAPSED)
            begin = 0 if finished < 2 * WARM_UP else 2 * WARM_UP
            wanted = min(order[begin:finished].count(model) for model in (20, 30))
            kept = [len(outcome.samples)]
            if wanted and begin:
                kept += [len(outcome.result.samples_a), len(outcome.result.samples_b)]
            bench.expect(set(kept) == {wanted}, f"{kept} samples, not {wanted} pairs")
    assert "\n".join(bench.broken) == ""
