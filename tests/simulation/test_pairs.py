"""A/B on virtual time: order, exact ratios, errors."""

import itertools

import numpy as np
import pytest

import pytimer

US = 1000


def kernel(simulation, microseconds, log=None, name=""):
    def model():
        if log is not None:
            log.append(name)
        simulation.launch(int(microseconds * US))

    return model


def compare(device, a, b, **options):
    return pytimer.ab(a, b, (), device=device, **({"pairs": 100, "warm_up": 2} | options))


@pytest.mark.parametrize(
    ("b_us", "verdict"), [(100, "same"), (100.5, "slower"), (102, "slower"), (98, "faster")]
)
def test_a_known_ratio_is_read(simulation, device, b_us, verdict):
    result = compare(device, kernel(simulation, 100), kernel(simulation, b_us))
    assert result.comparison.ratio == pytest.approx(b_us / 100, rel=1e-6)
    assert result.comparison.verdict == verdict
    assert len(result.samples_a) == len(result.samples_b) == 100
    assert simulation.live_events() == 0


def test_each_pair_is_back_to_back_in_an_order_of_its_own(simulation, device):
    log = []
    compare(
        device, kernel(simulation, 1, log, "a"), kernel(simulation, 1, log, "b"), warm_up=0, seed=3
    )
    pairs = [tuple(log[i : i + 2]) for i in range(0, 200, 2)]
    assert set(pairs) == {("a", "b"), ("b", "a")}
    assert 30 <= pairs.count(("a", "b")) <= 70
    log_of_other_seed = []
    compare(
        device,
        kernel(simulation, 1, log_of_other_seed, "a"),
        kernel(simulation, 1, log_of_other_seed, "b"),
        warm_up=0,
        seed=4,
    )
    assert log != log_of_other_seed


def test_what_drifts_is_in_both_and_cancels(simulation, device):
    """Both slow down by half over the run; measured one after the other they would differ."""
    calls = itertools.count()

    def model():
        simulation.launch(int(100 * US * (1 + next(calls) / 400)))

    result = compare(device, model, model)
    assert abs(result.comparison.ratio - 1) < 0.003
    assert result.comparison.verdict == "same"
    after = pytimer.measure_latency(model, (), device=device, repetitions=100, warm_up=0).median_s
    assert after / result.samples_a.latency_s[0] > 1.4  # the control arm


def test_an_exception_keeps_what_was_measured(simulation, device):
    calls = itertools.count(1)

    def model():
        if next(calls) == 20:
            raise ValueError("twentieth")
        simulation.launch(US)

    with pytest.raises(pytimer.CallError, match=r"in pair .* of 100 .*: ValueError: twenti") as e:
        compare(device, model, kernel(simulation, 1))
    assert len(e.value.samples) == 17
    assert str(e.value).count("model or ") == 1
    assert simulation.live_events() == 0


def test_results_round_trip(simulation, device, tmp_path):
    result = compare(device, kernel(simulation, 5), kernel(simulation, 6))
    pytimer.save(result, tmp_path / "ab.json")
    assert pytimer.load(tmp_path / "ab.json") == result


@pytest.mark.parametrize("options", [{"pairs": 0}, {"seed": -1}, {"margin": 0.0}, {"margin": 2}])
def test_bad_plans_are_refused(options):
    with pytest.raises(pytimer.PlanError, match=next(iter(options))):
        pytimer.ab(int, int, (), **options)


def test_few_pairs_are_inconclusive_and_say_how_many_are_needed(simulation, device):
    result = compare(device, kernel(simulation, 5), kernel(simulation, 9), pairs=3)
    assert result.comparison.verdict == "inconclusive"
    assert result.comparison.interval.needs == 6


def test_doubled_work_on_the_host_reads_as_slower():
    def work(n):
        return lambda x: sum(range(n))

    result = pytimer.ab(work(20_000), work(40_000), np.ones(1), pairs=60)
    assert result.comparison.verdict == "slower"
    assert result.comparison.ratio == pytest.approx(2, rel=0.15)
