"""Arrivals, verdicts, the search and the theory of requests that arrive at a rate."""

import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

import pytimer
from pytimer.serving import Answer, Arrivals, Ending, LoadPlan, LoadPoint, Requests
from pytimer.serving.arrivals import schedule
from pytimer.serving.caveats import caveats_of_load
from pytimer.serving.search import rates_to_try
from pytimer.serving.theory import mean_wait_s
from pytimer.serving.verdict import verdict_of
from pytimer.serving.words import outcome_of

from . import results


def within(count, over=0, bound_s=1.0):
    """So many latencies within the bound, and some beyond it spread among them."""
    latency_s = np.full(count + over, bound_s / 2)
    places = (np.arange(over) + 0.5) * (count + over) / max(over, 1)
    latency_s[places.astype(int)] = 2 * bound_s
    return latency_s


# Of p99: 0.99**299 = 0.0495 ≤ 5 %, 0.99**298 = 0.0500…; with one over, 473: 0.99**473 + 473 ×
# 0.01 × 0.99**472 = 0.0498. Of p90: two of two over have a chance of 0.01, one of one of 0.1.
@pytest.mark.parametrize(
    ("latency_s", "p", "answer", "needs"),
    [
        (within(299), 0.99, Answer.VALID, None),
        (within(298), 0.99, Answer.UNDECIDED, 1),
        (within(100), 0.99, Answer.UNDECIDED, 199),
        (within(472, over=1), 0.99, Answer.VALID, None),
        (within(0, over=2), 0.9, Answer.INVALID, None),
        (within(0, over=1), 0.9, Answer.UNDECIDED, 1),
        (within(5), 0.5, Answer.VALID, None),  # 0.5**5 = 0.031
        (within(4), 0.5, Answer.UNDECIDED, 1),
    ],
)
def test_verdicts_by_hand(latency_s, p, answer, needs):
    verdict = verdict_of(latency_s, 1.0, p)
    assert (verdict.answer, verdict.needs) == (answer, needs)
    assert verdict.over == np.count_nonzero(latency_s > 1.0)


def test_one_request_fewer_does_not_decide():
    assert verdict_of(within(471, over=1), 1.0, 0.99).answer is Answer.UNDECIDED


def test_a_latency_at_the_bound_keeps_it():
    assert verdict_of(np.full(299, 1.0), 1.0, 0.99).answer is Answer.VALID


def test_no_number_decides_where_the_percentile_is_at_the_bound():
    verdict = verdict_of(within(90, over=10), 1.0, 0.9)
    assert (verdict.answer, verdict.needs) == (Answer.UNDECIDED, None)


def test_requests_that_are_alike_count_for_fewer():
    """1500 latencies in runs of ten: worth 150, of which p99 needs 299."""
    drawn = np.random.default_rng(3).uniform(0.1, 0.9, 150)
    alike = np.repeat(drawn, 10)
    verdict = verdict_of(alike, 1.0, 0.99)
    assert verdict.answer is Answer.UNDECIDED
    assert 75 < verdict.effective < 299
    assert verdict.needs > 0
    # Control: the same latencies in another order are worth more.
    assert verdict_of(np.random.default_rng(4).permutation(alike), 1.0, 0.99).answer is Answer.VALID


def waits_of_m_d_1(rng, utilisation, count):
    """Waits in services of 1, of a queue that begins empty: what came less the least that did."""
    surplus = np.cumsum(1 - rng.exponential(1 / utilisation, count))
    return surplus - np.minimum(0, np.minimum.accumulate(surplus))


@pytest.mark.parametrize(("p", "count"), [(0.9, 400), (0.99, 3000)])
def test_requests_that_wait_for_each_other_are_seldom_called_valid_too_soon(p, count):
    """At a bound that is the percentile in the long run, neither answer is right."""
    rng = np.random.default_rng(6)
    bound_s = float(np.quantile(waits_of_m_d_1(rng, 0.9, 1_000_000)[10_000:], p))
    windows = [waits_of_m_d_1(rng, 0.9, count) for _ in range(100)]
    answers = [verdict_of(waits, bound_s, p).answer for waits in windows]
    assert answers.count(Answer.VALID) <= 8
    assert answers.count(Answer.INVALID) <= 8
    # Control: the same latencies, taken for independent by their order, are called VALID often.
    mixed = [verdict_of(rng.permutation(waits), bound_s, p).answer for waits in windows]
    assert mixed.count(Answer.VALID) > 25


def test_what_a_verdict_needs_decides():
    few = within(150, over=1)
    needs = verdict_of(few, 1.0, 0.99).needs
    share = 1 / 151
    more = within(round((151 + needs) * (1 - share)), over=round((151 + needs) * share))
    assert verdict_of(more, 1.0, 0.99).answer is not Answer.UNDECIDED


def test_verdicts_are_wrong_in_one_of_twenty_at_most():
    """Exponential latencies at their own p90: neither answer is right; each comes in some 5 %."""
    rng = np.random.default_rng(5)
    bound_s = float(np.log(10))  # p90 of the unit exponential
    answers = [verdict_of(rng.standard_exponential(200), bound_s, 0.9).answer for _ in range(200)]
    for answer in (Answer.VALID, Answer.INVALID):
        assert answers.count(answer) <= 0.1 * 200
    # Control: a bound that is 30 % off is told in most.
    clear = [
        verdict_of(rng.standard_exponential(200), bound_s * 1.6, 0.9).answer for _ in range(100)
    ]
    assert clear.count(Answer.VALID) > 80


@pytest.mark.parametrize(
    ("rate", "services", "expected"),
    [
        (0.5, [1.0], 0.5),  # M/D/1: 0.5 ÷ (2 × 0.5)
        (0.25, [1.0, 3.0], 1.25),  # E[S²] = 5: 0.25 × 5 ÷ (2 × 0.5)
        (1.0, [1.0], None),
        (2.0, [1.0], None),
    ],
)
def test_pollaczek_and_khinchine_by_hand(rate, services, expected):
    assert mean_wait_s(rate, np.array(services)) == (expected and pytest.approx(expected))


def test_uniform_arrivals_come_after_constant_gaps():
    moments_ns = schedule(Arrivals.UNIFORM, 4.0, 1.0, seed=0)
    assert moments_ns.tolist() == [0, 250_000_000, 500_000_000, 750_000_000]
    assert len(schedule(Arrivals.UNIFORM, 1000 / 3, 0.03, seed=0)) == 10


def test_poisson_gaps_are_exponential():
    moments_ns = schedule(Arrivals.POISSON, 1000.0, 100.0, seed=7)
    gaps_s = np.diff(moments_ns, prepend=0) / 1e9
    assert abs(len(moments_ns) - 100_000) < 5 * np.sqrt(100_000)
    assert np.mean(gaps_s) == pytest.approx(1e-3, rel=0.02)
    assert np.std(gaps_s) == pytest.approx(1e-3, rel=0.02)  # control: 0 where gaps are constant
    assert np.mean(gaps_s > 1e-3) == pytest.approx(np.exp(-1), abs=0.01)
    assert moments_ns[-1] < 100e9 < moments_ns[-1] + 0.1e9


def test_all_rates_have_the_same_gaps_scaled():
    slow = schedule(Arrivals.POISSON, 100.0, 10.0, seed=7)
    fast = schedule(Arrivals.POISSON, 200.0, 10.0, seed=7)
    assert np.max(np.abs(slow[:900] - 2 * fast[:900])) <= 2
    other = schedule(Arrivals.POISSON, 100.0, 10.0, seed=8)
    assert not np.array_equal(slow[:900], other[:900])


def rates_tried(keeps):
    """With a capacity of 100 requests/s."""
    search = rates_to_try(100.0)
    tried = [next(search)]
    with suppress(StopIteration):
        while True:
            tried.append(search.send(keeps(tried[-1])))
    return tried


@pytest.mark.parametrize("limit", [13.0, 49.0, 51.0, 77.7, 99.0])
def test_the_search_finds_the_highest_rate_to_within_five_percent(limit):
    tried = rates_tried(lambda rate: rate <= limit)
    found = max(rate for rate in tried if rate <= limit)
    assert limit / 1.05 <= found <= limit
    assert len(tried) <= 8


def test_the_search_gives_up_at_an_eighth_of_the_capacity():
    assert rates_tried(lambda rate: False) == [50.0, 25.0, 12.5]


def test_waits_count_from_the_scheduled_arrival():
    seen = Requests(
        *map(np.array, ([0.0, 1.0, 5.0], [0.5, 3.0, 5.0], [2.0, 4.0, 6.0], [3.0, 4.5, 7.0]))
    )
    assert seen.wait_s.tolist() == [0.5, 2.0, 0.0]
    assert seen.latency_s.tolist() == [2.0, 3.0, 1.0]
    assert seen.service_s.tolist() == [2.5, 1.5, 2.0]
    assert seen.call_s.tolist() == [1.5, 1.0, 1.0]
    assert seen.found_idle.tolist() == [True, False, True]
    assert seen.lateness_s.tolist() == [0.5, 0.0]


def test_differences_are_whole_nanoseconds():
    """0.3 - 0.2 is not 0.1 in binary; 300 000 000 − 200 000 000 ns are."""
    seen = Requests(*(np.array([moment]) for moment in (0.2, 0.2, 0.3, 0.3)))
    assert 0.3 - 0.2 != 0.1
    assert seen.latency_s.tolist() == [0.1]


def test_nothing_served_has_no_figures():
    nothing = Requests(*[np.empty(0)] * 4)
    point = LoadPoint(100.0, 1000, Ending.INTERRUPTED, nothing)
    assert (point.utilisation, point.mean_wait_s, point.lateness_p99_s) == (None, None, None)
    assert point.latency_s(0.5) is None
    assert not point.is_overload
    result = replace(results.load(), points=(point,))
    assert result.verdict(point) is None
    assert outcome_of(result, point) == "interrupted"
    assert result.predicted_wait_s(point) is None
    assert caveats_of_load(result) == ()


def test_a_utilisation_of_one_is_overload_though_all_were_served():
    served = results.requests(200.0, np.zeros(1000), service_s=0.005)
    assert LoadPoint(200.0, 1000, Ending.SERVED, served).is_overload
    assert not LoadPoint(199.0, 1000, Ending.SERVED, served).is_overload


def names_of_caveats(rate, waits_s, service_s=0.005):
    served = results.requests(rate, waits_s, service_s)
    point = LoadPoint(rate, len(waits_s), Ending.SERVED, served)
    found = caveats_of_load(replace(results.load(), points=(point,)))
    return [caveat.name for caveat in found]


def test_a_late_scheduler_is_a_caveat():
    """100 requests/s of 5 ms: p99 of the lateness is 0.2 or 0.3 ms, 4 % or 6 % of the service."""
    assert "requests-started-late" in names_of_caveats(100.0, np.full(1000, 0.0003))
    assert "requests-started-late" not in names_of_caveats(100.0, np.full(1000, 0.0002))


def test_waits_that_theory_does_not_expect_are_a_caveat():
    """At 50 requests/s of 5 ms it expects 0.25 ÷ (2 × 0.75) of 5 ms: 0.833 ms."""
    assert "waits-off-theory" in names_of_caveats(50.0, np.full(1000, 0.002))
    assert "waits-off-theory" not in names_of_caveats(50.0, np.full(1000, 0.0009))
    # Control: few requests say nothing of the long run.
    assert "waits-off-theory" not in names_of_caveats(50.0, np.full(5, 0.002))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rates": [0.0]}, "rates must be positive numbers of requests/s, got 0.0"),
        ({"rates": [-5]}, "rates must be positive numbers of requests/s, got -5"),
        ({"rates": [float("nan")]}, "rates must be positive numbers of requests/s, got nan"),
        ({"rates": [True]}, "rates must be positive numbers of requests/s, got True"),
        ({"rates": []}, "rates must name requests per second"),
        ({"rates": 50}, 'rates must be a list of requests/s, or "auto"; got 50'),
        ({"rates": ["a", 5]}, "rates must be positive numbers of requests/s, got 'a'"),
        ({"rates": [None, 3]}, "rates must be positive numbers of requests/s, got None"),
        ({"rates": [10**400]}, "rates must be positive numbers of requests/s, got 1000"),
        ({"rates": "fast"}, "rates must be a tuple of numbers, or \"auto\"; got 'fast'"),
        ({"rates": [1e-11], "seconds": 1e12}, "seconds must be at most 1e+09 seconds, got 1e+12"),
        ({"rates": [50], "max_latency_s": 1e20}, "max_latency_s must be at most 1e+09 seconds"),
        ({"idle_s": 1e10, "seconds": 1e9}, "idle_s must be at most 1e+09 seconds"),
        ({"idle_s": 0.1, "seconds": 0.1}, "got 0.1 s with 0.1 s idle; raise seconds"),
        ({"idle_s": 1e-9, "seconds": 10}, "got 10 s with 1e-09 s idle; lower seconds"),
        ({}, "rates must name requests per second"),
        ({"rates": [0.5]}, "make 5 requests, expected 10 to 10000000; raise seconds"),
        ({"rates": [1e9]}, "make 1e+10 requests, expected 10 to 10000000; lower seconds"),
        ({"rates": "auto"}, "got none; give max_latency_s"),
        (
            {"rates": "auto", "max_latency_s": 1, "percentile": 0.9999999},
            "for that percentile, expected 10000000 at most; lower percentile",
        ),
        ({"rates": [50], "idle_s": 0.1}, "has no rate, got rates (50.0,) as well"),
        ({"idle_s": 0.1, "arrivals": "uniform"}, "got arrivals 'uniform' as well"),
        ({"idle_s": 0}, "idle_s must be a positive number of seconds"),
        ({"rates": [50], "arrivals": "paced"}, "idle_s goes with arrivals paced"),
        ({"rates": [50], "arrivals": "bursts"}, "arrivals must be one of poisson, uniform"),
        ({"rates": [50], "max_latency_s": 0}, "max_latency_s must be a positive number"),
        ({"rates": [50], "percentile": 99}, "percentile must be a fraction between 0 and 1"),
        ({"rates": [50], "percentile": 1.0}, "percentile must be a fraction between 0 and 1"),
        ({"rates": [50], "seconds": 0}, "seconds must be a positive number, got 0"),
        ({"rates": [50], "most_waiting": 0}, "most_waiting must be an integer ≥ 1"),
        ({"rates": [50], "warm_up": -1}, "warm_up must be an integer ≥ 0"),
        ({"rates": [50], "seed": -1}, "seed must be an integer ≥ 0"),
    ],
)
def test_bad_input_is_refused_before_anything_is_called(options, message):
    calls = []
    with pytest.raises(pytimer.PlanError, match=re.escape(message)):
        pytimer.measure_load(calls.append, 0, **options)
    assert calls == []


@pytest.mark.parametrize("rates", [[400, 200, 400], np.array([400, 200]), np.array([400.0, 200.0])])
def test_rates_are_measured_from_the_lowest_once(rates):
    assert LoadPlan((50.0,)).rates == (50.0,)
    result = pytimer.measure_load(
        int, (), rates=rates, arrivals="uniform", seconds=0.1, warm_up=0, most_waiting=2**63 - 1
    )
    assert [point.rate_per_s for point in result.points] == [200, 400]
    assert [point.ending for point in result.points] == [Ending.SERVED, Ending.SERVED]
