"""Requests that arrive at a rate: on virtual time where theory is exact, and on the host."""

import gc
import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import torch

import pytimer
from pytimer.report.load import answers
from pytimer.serving import Answer, Ending

from .virtual_host import VirtualHost


@pytest.fixture
def host():
    return VirtualHost()


def on_virtual_time(host, model=None, **options):
    """The model takes 1 ms unless another is given."""
    options = {"warm_up": 0} | options
    return pytimer.measure_load(model or host.model_of(1e-3), (), device=host, **options)


def broken_off(result):
    """What its caveat says of where it ended."""
    assert result.caveats[0].name == "incomplete"
    return result.caveats[0].message


# M/D/1 with a service of 1 ms: ρ ÷ (2 × (1 − ρ)) ms.
MEAN_WAITS_S = {0.3: 0.2142857e-3, 0.6: 0.75e-3, 0.8: 2.0e-3}


@pytest.mark.parametrize("utilisation", MEAN_WAITS_S)
def test_the_mean_wait_of_poisson_arrivals_is_that_of_theory(host, utilisation):
    rate = 1000 * utilisation
    result = on_virtual_time(host, rates=[rate], seconds=60_000 / rate)
    (point,) = result.points
    expected_s = MEAN_WAITS_S[utilisation]
    assert len(point.requests) == point.scheduled >= 50_000
    assert point.utilisation == pytest.approx(utilisation)
    assert point.mean_wait_s == pytest.approx(expected_s, rel=0.1)
    assert result.predicted_wait_s(point) == pytest.approx(expected_s, rel=1e-6)
    assert np.mean(point.requests.latency_s) == pytest.approx(1e-3 + expected_s, rel=0.1)
    # Control: counted from the start of the call, as a closed loop would, the waits are not seen.
    assert np.mean(point.requests.call_s) == pytest.approx(1e-3)
    assert "waits-off-theory" not in [caveat.name for caveat in result.caveats]


@pytest.mark.parametrize("utilisation", [0.3, 0.6, 0.8])
def test_nobody_waits_where_services_fit_between_uniform_arrivals(host, utilisation):
    rate = 1000 * utilisation
    result = on_virtual_time(host, rates=[rate], arrivals="uniform", seconds=50_000 / rate)
    (point,) = result.points
    assert len(point.requests) == 50_000
    assert np.all(point.requests.wait_s == 0)
    assert np.all(point.requests.latency_s == 1e-3)
    assert result.predicted_wait_s(point) is None


def waits_by_lindley(arrivals_ns, services_ns):
    """W[i+1] = max(0, W[i] + S[i] − T[i]), from each wait that was measured."""
    waits = [0]
    for i, service in enumerate(services_ns[:-1]):
        free = arrivals_ns[i] + waits[i] + service
        waits.append(max(0, free - arrivals_ns[i + 1]))
    return waits


def test_every_wait_on_the_host_follows_from_the_services_before_it():
    lengths_s = iter(np.random.default_rng(1).uniform(0, 2e-3, 10_000).tolist())

    def model():
        end = time.perf_counter() + next(lengths_s)
        while time.perf_counter() < end:
            pass
        return bytearray(100_000)  # to be dropped, which occupies the server too

    result = pytimer.measure_load(model, (), rates=[700], seconds=1.0)
    requests = result.points[0].requests
    ticks = {
        name: np.rint(getattr(requests, name) * 1e9).astype(np.int64)
        for name in ("arrival_s", "wait_s", "service_s")
    }
    arrivals, waits, services = ticks["arrival_s"], ticks["wait_s"], ticks["service_s"]
    free = arrivals + waits + services
    for i in range(len(requests) - 1):
        due = max(0, free[i] - arrivals[i + 1])
        if due > 0:
            assert waits[i + 1] == due
        else:
            assert waits[i + 1] >= 0  # the server was idle: the scheduler's lateness
    idle = requests.found_idle
    assert 0 < np.count_nonzero(idle) < len(requests)
    assert requests.lateness_s.tolist() == requests.wait_s[idle].tolist()
    # Control: with the services in another order the waits are others.
    wrong = np.maximum(0, arrivals[:-1] + waits[:-1] + services[::-1][:-1] - arrivals[1:])
    assert np.any(wrong[~idle[1:]] != waits[1:][~idle[1:]])


def test_the_recursion_holds_over_a_whole_window(host):
    """On virtual time nothing is late, so that Lindley's recursion needs no measured wait."""
    lengths_ns = np.random.default_rng(2).integers(100_000, 2_000_000, 20_000).tolist()
    remaining = iter(lengths_ns)

    def model():
        host.now_ns += next(remaining)

    result = pytimer.measure_load(model, (), device=host, rates=[800], seconds=10.0, warm_up=0)
    requests = result.points[0].requests
    arrivals = np.rint(requests.arrival_s * 1e9).astype(np.int64).tolist()
    waits = np.rint(requests.wait_s * 1e9).astype(np.int64).tolist()
    assert waits == waits_by_lindley(arrivals, lengths_ns[: len(arrivals)])
    assert max(waits) > 10_000_000


def test_a_queue_that_runs_over_ends_the_rate(host):
    """2000 arrive in a second, 1000 are served: after t ms some t wait."""
    options = {"rates": [2000], "arrivals": "uniform", "max_latency_s": 10.0}
    result = on_virtual_time(host, most_waiting=50, seconds=1.0, **options)
    (point,) = result.points
    assert point.ending is Ending.QUEUE_FULL
    assert 49 <= len(point.requests) <= 51
    assert host.now_ns < 60_000_000
    assert point.is_overload
    assert point.utilisation == pytest.approx(2.0)
    # No latency exceeds the bound, and yet the rate does not keep it.
    assert (result.verdict(point).over, result.verdict(point).answer) == (0, Answer.INVALID)
    assert result.highest_valid is None
    within = on_virtual_time(host, most_waiting=2000, seconds=0.1, **options)
    assert len(within.points[0].requests) > 51


def test_overload_ends_half_a_window_after_the_last_arrival(host):
    result = on_virtual_time(host, rates=[2000], arrivals="uniform", seconds=0.5)
    (point,) = result.points
    assert (point.ending, point.scheduled) == (Ending.OUT_OF_TIME, 1000)
    assert len(point.requests) == 751  # starts at 0, 1, … 750 ms
    assert host.now_ns == 751_000_000


def test_overload_on_the_host_ends_on_time():
    """400 requests of 0.2 s would take 80 s."""
    begin = time.monotonic()
    result = pytimer.measure_load(
        lambda: time.sleep(0.2), (), rates=[1000], seconds=0.4, warm_up=1, max_latency_s=0.1
    )
    assert time.monotonic() - begin < 40
    (point,) = result.points
    assert point.is_overload
    assert point.requests.start_s[-1] <= 0.6
    assert point.utilisation > 10


def test_paced_requests_come_after_the_one_before(host):
    """9 ms idle and 1 ms of service: one in every 10 ms."""
    result = on_virtual_time(host, idle_s=9e-3, seconds=1.0, max_latency_s=2e-3, percentile=0.9)
    (point,) = result.points
    assert len(point.requests) == point.scheduled == 100
    assert point.requests.arrival_s.tolist() == [(9 + 10 * i) / 1e3 for i in range(100)]
    assert point.utilisation is None
    assert not point.is_overload
    assert result.verdict(point).answer is Answer.VALID
    assert result.highest_valid is None  # there is no rate


def test_the_search_ends_within_five_percent_of_the_highest_rate(host):
    """Uniform arrivals keep 1.5 ms at every rate that can be served, and at none beyond."""
    result = on_virtual_time(
        host, rates="auto", arrivals="uniform", max_latency_s=1.5e-3, seconds=1.0
    )
    assert 1000 / 1.05 <= result.highest_valid.rate_per_s < 1000
    assert len(result.isolated) == 50
    assert len(result.points) >= 4


def test_the_search_stops_between_valid_and_not(host):
    result = on_virtual_time(host, rates="auto", max_latency_s=4e-3, seconds=20.0)
    answers = {point.rate_per_s: result.verdict(point).answer for point in result.points}
    valid = [rate for rate, answer in answers.items() if answer is Answer.VALID]
    others = [rate for rate, answer in answers.items() if answer is not Answer.VALID]
    assert result.highest_valid.rate_per_s == max(valid)
    assert max(valid) < min(others) <= 1.05 * max(valid)
    # A bound of four services is broken in 1 % of M/D/1 waits well below capacity.
    assert 400 < max(valid) < 700


def test_no_rate_is_tried_where_calls_alone_exceed_the_bound(host):
    result = on_virtual_time(host, rates="auto", max_latency_s=0.9e-3)
    assert result.points == ()
    assert any("none, calls alone exceed it" in line for line in answers_of(result))
    assert result.highest_valid is None
    assert len(result.isolated) == 50


def answers_of(result):
    return [line.plain for line in answers(result)]


def test_an_interrupt_before_the_first_rate_is_no_answer(host):
    """Of the warm-up of that rate, after 50 calls alone, all within the bound."""
    calls = iter(range(1_000))

    def model():
        host.now_ns += 1_000_000
        if next(calls) == 3 + 50:
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as caught:
        on_virtual_time(host, model, rates="auto", max_latency_s=1.5e-3, warm_up=3)
    result = caught.value.result
    assert (len(result.isolated), result.points) == (50, ())
    assert answers_of(result)[0].endswith("p99 ≤ 1.500 ms (95 % confidence): none was tried")


def test_a_search_that_memory_is_not_for_is_refused_after_the_calls_alone(host):
    """Half of 1000/s for 30 000 s are 15 million requests."""
    with pytest.raises(pytimer.PlanError, match=r"make 1.5e\+07 .*lower seconds") as caught:
        on_virtual_time(host, rates="auto", max_latency_s=1.5e-3, seconds=30_000.0)
    assert len(caught.value.result.isolated) == 50


def test_one_disturbed_call_does_not_set_the_capacity(host):
    calls = iter(range(100_000))

    def model():
        host.now_ns += 10_000_000_000 if next(calls) == 20 else 1_000_000

    result = pytimer.measure_load(
        model, (), device=host, rates="auto", arrivals="uniform", max_latency_s=1.5e-3, warm_up=0
    )
    assert result.points[0].rate_per_s == pytest.approx(500)


def test_a_longer_window_is_taken_where_a_verdict_needs_it(host):
    """At 500/s, 0.1 s make 50 requests; four times the 299 that p99 needs are made."""
    result = on_virtual_time(
        host, rates="auto", arrivals="uniform", max_latency_s=1.5e-3, seconds=0.1
    )
    assert result.points[0].rate_per_s == pytest.approx(500)
    assert result.points[0].scheduled == 1196
    assert result.verdict(result.points[0]).answer is Answer.VALID


def test_the_warm_up_is_in_no_request():
    calls = []
    result = pytimer.measure_load(
        calls.append, 0, rates=[100, 200], arrivals="uniform", seconds=0.2, warm_up=3
    )
    assert [len(point.requests) for point in result.points] == [20, 40]
    assert len(calls) == 3 + 20 + 3 + 40


def test_no_garbage_is_collected_while_requests_are_served():
    collecting = []
    pytimer.measure_load(
        lambda: collecting.append(gc.isenabled()), (), rates=[200], seconds=0.1, warm_up=0
    )
    assert gc.isenabled()
    assert collecting
    assert not any(collecting)


def test_a_call_that_raises_keeps_the_requests_before_it(host):
    def model():
        host.now_ns += 1_000_000
        if host.now_ns > 100_000_000:
            raise ValueError("broken")

    with pytest.raises(pytimer.CallError, match=r"raised in request \d+ of 100 .*broken") as caught:
        pytimer.measure_load(
            model, (), device=host, rates=[500], arrivals="uniform", seconds=0.2, warm_up=0
        )
    (point,) = caught.value.result.points
    assert point.ending is Ending.INTERRUPTED
    assert len(point.requests) == len(caught.value.samples) > 10
    assert broken_off(caught.value.result) == "the model raised in window 1 of 1: 0 windows"


def test_an_interrupt_keeps_the_rates_before_it(host):
    calls = iter(range(1_000))

    def model():
        host.now_ns += 1_000_000
        if next(calls) == 150:
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.measure_load(
            model,
            (),
            device=host,
            rates=[100, 200, 400],
            arrivals="uniform",
            seconds=1.0,
            warm_up=0,
            max_latency_s=1.0,
        )
    result = caught.value.result
    assert [len(point.requests) for point in result.points] == [100, 50]
    assert [point.ending for point in result.points] == [Ending.SERVED, Ending.INTERRUPTED]
    assert result.verdict(result.points[1]) is None
    assert broken_off(result) == "interrupted in window 2 of 3: 1 window"


def test_a_search_that_is_broken_off_does_not_say_of_how_many_windows(host):
    """50 calls tell the capacity; the 1st of the first window is the 51st."""
    calls = iter(range(1, 1_000))

    def model():
        host.now_ns += 1_000_000
        if next(calls) == 51:
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as caught:
        on_virtual_time(host, model, rates="auto", max_latency_s=1.0, seconds=1.0)
    assert broken_off(caught.value.result) == "interrupted in window 1: 0 windows"


@pytest.mark.usefixtures("heard_interrupts")
def test_ctrl_c_is_heard_while_nothing_is_due():
    """A model without Python code, and a hundred seconds between two requests."""
    interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    begin = time.monotonic()
    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.measure_load(int, (), rates=[0.01], arrivals="uniform", seconds=1000.0)
    interrupt.join()
    assert time.monotonic() - begin < 50
    assert len(caught.value.result.points[0].requests) == 1


def test_other_threads_run_while_nothing_is_due():
    counted = []

    def count():
        while len(counted) < 100:
            counted.append(time.sleep(1e-3))

    thread = threading.Thread(target=count)
    thread.start()
    pytimer.measure_load(int, (), rates=[12], arrivals="uniform", seconds=1.0, warm_up=0)
    assert len(counted) == 100
    thread.join()


def test_a_model_without_python_is_served():
    with warnings.catch_warnings(action="ignore"):  # of deprecation
        traced = torch.jit.trace(torch.nn.Linear(8, 8), torch.ones(1, 8))
    result = pytimer.measure_load(traced, torch.ones(1, 8), rates=[200], seconds=0.5)
    assert result.subject.call == "torchscript"
    assert len(result.points[0].requests) == result.points[0].scheduled


def test_progress_says_what_each_rate_has_shown(host):
    told = []
    on_virtual_time(
        host, rates=[100, 200], arrivals="uniform", seconds=2.0, on_progress=told.append
    )
    assert [t.finding for t in told if t.finding] == [
        "100.0 requests/s: p99 1.000 ms, n = 200, –",
        "200.0 requests/s: p99 1.000 ms, n = 400, –",
    ]
    assert (told[-1].done, told[-1].total) == (2, 2)
    assert broken_off(told[-1].known()).startswith("its process ended")


def test_a_load_that_is_whole_is_not_said_to_be_broken_off(host):
    result = on_virtual_time(host, rates=[100], arrivals="uniform", seconds=1.0)
    assert "incomplete" not in [caveat.name for caveat in result.caveats]
