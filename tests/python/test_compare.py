"""Stored results compared: what is refused, what is paired, and what the gate then does."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import pytimer
from pytimer.cli import main
from pytimer.report.comparison import comparison_facts

from . import results


def metric(comparison, name):
    (found,) = [one for one in comparison.metrics if one.name == name]
    return found


def with_threads(result, threads):
    torch = result.environment.torch
    settings = replace(torch.settings, threads=threads)
    environment = replace(result.environment, torch=replace(torch, settings=settings))
    return replace(result, environment=environment)


def with_subject(result, **changes):
    return replace(result, subject=replace(result.subject, **changes))


def test_the_figures_of_a_latency_are_median_and_percentiles():
    found = results.comparison(1.1)
    assert [one.name for one in found.metrics] == ["latency median", "latency p90", "latency p99"]
    median = metric(found, "latency median")
    assert median.base_median == pytest.approx(0.005)
    assert median.new_median == pytest.approx(0.0055)
    assert median.ratio == pytest.approx(1.1)
    assert [one.change.verdict for one in found.regressions] == ["slower"] * 3


def test_a_percentile_that_was_not_seen_is_not_compared():
    found = pytimer.compare(results.latency(count=99), results.latency())
    assert [one.name for one in found.metrics] == ["latency median", "latency p90"]
    assert found.unpaired == ("latency p99",)
    full = results.latency()
    stopped = replace(results.latency(count=99), plan=full.plan)
    found = pytimer.compare(pytimer.ProcessesResult((full, stopped)), full)
    assert found.unpaired == ("latency p99",)


def test_a_higher_rate_is_better():
    base = results.processes(*results.NOISE, of=results.throughput())
    faster = results.processes(*(0.8 * n for n in results.NOISE), of=results.throughput())
    found = metric(pytimer.compare(base, faster), "throughput")
    assert found.change.verdict == "faster"
    assert found.ratio == pytest.approx(1.25)
    low, high = found.interval
    assert 1.2 < low < 1.25 < high < 1.3
    back = metric(pytimer.compare(faster, base), "throughput")
    assert back.change.verdict == "slower"
    assert back.change.regression
    assert back.ratio == pytest.approx(0.8)


def test_a_smaller_batch_size_that_fits_is_a_regression():
    base = results.batch_size()
    smaller = replace(base, max_batch_size=2)
    (found,) = pytimer.compare(base, smaller).metrics
    assert (found.name, found.change.verdict) == ("max batch size", "smaller")
    assert found.change.regression
    assert found.ratio == pytest.approx(2 / 3)
    (same,) = pytimer.compare(base, base).metrics
    assert (same.change.verdict, same.change.regression) == ("same", False)
    (larger,) = pytimer.compare(smaller, base).metrics
    assert (larger.change.verdict, larger.change.regression) == ("larger", False)


@pytest.mark.parametrize(
    ("changes", "plan"),
    [
        ({}, {"max_batch_size": 2}),
        ({}, {"multiple_of": 2}),
        ({"memory_limit_bytes": 2**20}, {}),
        ({"limit": "time"}, {}),
        ({"limit": "interrupted"}, {}),
    ],
)
def test_a_batch_size_that_was_searched_otherwise_is_not_compared(changes, plan):
    base = results.batch_size()
    other = replace(base, max_batch_size=2, plan=replace(base.plan, **plan), **changes)
    with pytest.raises(pytimer.NotComparableError):
        pytimer.compare(base, other)
    sweep = results.sweep()
    found = pytimer.compare(sweep, replace(sweep, search=other))
    assert found.unpaired == ("max batch size",)
    assert not found.regressions
    control = replace(base, max_batch_size=2)
    assert pytimer.compare(sweep, replace(sweep, search=control)).regressions


def test_how_sizes_were_searched_is_said():
    base = results.batch_size()
    capped = replace(base, plan=replace(base.plan, max_batch_size=2))
    with pytest.raises(
        pytimer.NotComparableError, match="cap is the default in base, 2 in new; search both with"
    ):
        pytimer.compare(base, capped)


def test_a_time_that_the_clock_could_not_see_is_not_compared():
    base = results.throughput()
    full = results.latency()
    unseen = results.slower(full, 0.0)
    run = pytimer.RunResult(latency=unseen, throughput=base)
    found = pytimer.compare(pytimer.RunResult(latency=full, throughput=base), run)
    assert [one.name for one in found.metrics] == ["throughput"]
    assert found.unpaired == ("latency median", "latency p90", "latency p99")


@pytest.mark.parametrize(
    ("setup", "difference"),
    [
        ({"amp": "bfloat16"}, "setup.amp: no in base, bfloat16 in new"),
        ({"channels_last": True}, "setup.channels_last: no in base, True in new"),
        ({"compile": "default"}, "setup.compile: no in base, default in new"),
        ({"grad_mode": "enabled"}, "setup.grad_mode: inference in base, enabled in new"),
    ],
)
def test_another_setup_is_refused_unless_allowed(setup, difference):
    base = results.latency()
    new = with_subject(base, setup=pytimer.Setup(**setup))
    with pytest.raises(pytimer.NotComparableError, match=difference):
        pytimer.compare(base, new)
    assert pytimer.compare(base, new, allow_different=True).differences == (difference,)
    threads = with_subject(base, setup=pytimer.Setup(threads=2))
    assert pytimer.compare(base, threads).differences == ()


def test_sweeps_are_compared_at_each_batch_size_and_modes_in_each_mode():
    sweep = results.sweep()
    fewer = replace(sweep, points=sweep.points[1:])
    found = pytimer.compare(sweep, fewer)
    assert [one.name for one in found.metrics] == [
        "batch 2 latency median",
        "batch 2 throughput",
        "batch 3 latency median",
        "batch 3 throughput",
        "max batch size",
    ]
    assert found.unpaired == ("batch 1 latency median", "batch 1 throughput")
    queued = replace(
        results.latency(results.CUDA), plan=pytimer.LatencyPlan(mode=pytimer.Mode.QUEUED)
    )
    modes = pytimer.ModesResult((results.latency(results.CUDA), queued), ())
    assert {one.name for one in pytimer.compare(modes, modes).metrics} >= {
        "isolated latency median",
        "queued latency p99",
    }


def test_each_difference_of_the_environments_is_named_and_refused():
    base, new = results.latency(), with_threads(results.latency(), 4)
    new = replace(new, environment=replace(new.environment, variables={}))
    with pytest.raises(pytimer.NotComparableError) as error:
        pytimer.compare(base, new)
    assert "torch.settings.threads: 2 in base, 4 in new" in str(error.value)
    assert "variables.OMP_NUM_THREADS: 2 in base, not there in new" in str(error.value)
    allowed = pytimer.compare(base, new, allow_different=True)
    assert len(allowed.differences) == 2


def with_memory(result, size_bytes):
    """A machine with so much memory, and a device likewise."""
    environment = result.environment
    host, device = (
        replace(facts, total_memory_bytes=size_bytes)
        for facts in (environment.host, environment.device)
    )
    return replace(result, environment=replace(environment, host=host, device=device))


def test_memory_of_the_host_may_differ_and_that_of_a_gpu_not():
    base = results.latency()
    assert pytimer.compare(base, with_memory(base, 1)).differences == ()
    control = results.latency(results.CUDA)
    with pytest.raises(pytimer.NotComparableError, match=r"environment .*: device.total_memory_b"):
        pytimer.compare(control, with_memory(control, 1))


def test_percentiles_of_few_processes_are_undecided():
    found = pytimer.compare(results.processes(1.0), results.processes(2.0))
    assert [one.name for one in found.regressions] == ["latency median"]
    assert [one.name for one in found.undecided] == ["latency p90", "latency p99"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": ("2×3 float16",)}, "inputs is 1×3×224×224 float32 in base, 2×3 float16 in new"),
        ({"call": "aoti"}, "call is eager in base, aoti in new"),
        ({"input_sets": 3}, "input sets is 1 in base, 3 in new"),
    ],
)
def test_another_thing_measured_is_refused_whatever_is_allowed(changes, message):
    base = results.latency()
    with pytest.raises(pytimer.NotComparableError, match=message):
        pytimer.compare(base, with_subject(base, **changes), allow_different=True)
    assert pytimer.compare(base, with_subject(base, model="other")).metrics


def test_modes_batch_sizes_and_kinds_must_agree():
    base = results.latency(results.CUDA)
    queued = replace(base, plan=pytimer.LatencyPlan(mode=pytimer.Mode.QUEUED))
    with pytest.raises(pytimer.NotComparableError, match="mode is isolated in base, queued in new"):
        pytimer.compare(base, queued)
    rate = results.throughput()
    with pytest.raises(pytimer.NotComparableError, match="batch size is 3 in base, 4 in new"):
        pytimer.compare(rate, replace(rate, batch_size=4))
    with pytest.raises(pytimer.NotComparableError, match="expected results of the same kind, got"):
        pytimer.compare(results.latency(), rate)
    with pytest.raises(pytimer.PlanError, match="got ExportResult"):
        pytimer.compare(results.export(), results.export())
    with pytest.raises(pytimer.PlanError, match="without any"):
        pytimer.compare(pytimer.RunResult(), results.latency())
    with pytest.raises(pytimer.PlanError, match=r"fail_above must be a fraction .* got 5"):
        pytimer.compare(base, base, fail_above=5)


def test_caveats_say_of_which_side_they_are():
    cuda = results.latency(results.CUDA)
    without = replace(cuda, caveats=())
    sides = {
        pytimer.compare(base, new).caveats[0].message.split(":")[0]
        for base, new in ((cuda, cuda), (cuda, without), (without, cuda))
    }
    assert sides == {"both", "base", "new"}


def test_a_folder_holds_a_file_of_each_process(tmp_path):
    for side, factor in (("base", 1.0), ("new", 1.1)):
        (tmp_path / side).mkdir()
        for number, noise in enumerate(results.NOISE):
            one = results.slower(results.latency(), factor * noise)
            pytimer.save(one, tmp_path / side / f"{number}.json")
    found = pytimer.compare(tmp_path / "base", tmp_path / "new")
    assert found.metrics == pytimer.compare(BASE, SLOWER).metrics
    pytimer.save(BASE, tmp_path / "base" / "more.json")
    twice = pytimer.compare(tmp_path / "base", tmp_path / "new")
    assert [len(one.base) for one in twice.metrics] == [10, 10, 10]


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(pytimer.NotComparableError, match="at least one process, got none"):
        pytimer.compare(tmp_path, BASE)
    pytimer.save(results.latency(), tmp_path / "a.json")
    pytimer.save(with_threads(results.latency(), 1), tmp_path / "b.json")
    with pytest.raises(pytimer.NotComparableError, match=r"process 2 is unlike .*settings.threads"):
        pytimer.compare(tmp_path, BASE)
    pytimer.save(results.sweep(), tmp_path / "b.json")
    with pytest.raises(pytimer.NotComparableError, match=r"got SweepResult in .*b.json"):
        pytimer.compare(tmp_path, BASE)


def test_processes_must_be_alike():
    one = results.latency()
    with pytest.raises(ValueError, match=r"process 2 is unlike the first: torch.settings.threads"):
        pytimer.ProcessesResult((one, with_threads(one, 1)))
    with pytest.raises(ValueError, match="process 2 is unlike the first: subject"):
        pytimer.ProcessesResult((one, with_subject(one, model="other")))
    with pytest.raises(ValueError, match="at least one process"):
        pytimer.ProcessesResult(())


def test_the_figures_of_processes_are_those_by_hand():
    # Medians 50, 51 and 49.5 ms. Their mean is 50.1667, the squared distances from it sum to
    # 1.1667, so the standard deviation is sqrt(1.1667 / 2) = 0.76376 ms: 1.5225 %.
    result = results.processes(1.0, 1.02, 0.99)
    assert result.figures == pytest.approx([0.05, 0.051, 0.0495])
    assert result.median == pytest.approx(0.05)
    assert result.spread_between == pytest.approx(0.015225, rel=1e-3)
    logs = np.log([50, 51, 49.5])
    half = 4.302653 * float(np.std(logs, ddof=1)) / 3**0.5
    middle = float(np.mean(logs))
    assert result.interval.bounds == pytest.approx(
        [np.exp(middle - half) / 1000, np.exp(middle + half) / 1000]
    )
    alone = results.processes(1.0)
    assert alone.spread_between is None
    assert alone.interval.needs == 2
    # 300 samples in steps of 20/299 ms, so distances from the median of 0.5, 1.5 … 149.5 steps,
    # each twice: half of them are below 75 steps.
    assert alone.spread_within == pytest.approx(1.4826 * 75 * 20 / 299 / 50)
    assert results.processes(1.0, of=results.latency(count=1)).spread_within is None


@pytest.fixture
def files(tmp_path):
    def write(**kinds):
        for name, result in kinds.items():
            pytimer.save(result, tmp_path / f"{name}.json")
        return [str(tmp_path / f"{name}.json") for name in kinds]

    return write


def invoke(*arguments):
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


BASE = results.processes(*results.NOISE)
SLOWER = results.processes(*(1.1 * one for one in results.NOISE))


@pytest.mark.parametrize(
    ("new", "options", "code"),
    [
        (BASE, [], 0),
        (BASE, ["--strict"], 0),
        (SLOWER, [], 1),
        (SLOWER, ["--strict", "--markdown"], 1),
        (SLOWER, ["--fail-above", "20%", "--strict"], 0),
        (SLOWER, ["--fail-above", "0.1"], 0),
        (SLOWER, ["--fail-above", "0.1", "--strict"], 3),
        (results.latency(), [], 0),
        (results.latency(), ["--strict"], 3),
        (with_threads(results.latency(), 1), [], 2),
        (with_threads(results.latency(), 1), ["--allow-different"], 0),
    ],
)
def test_the_exit_code_is_the_verdict(files, new, options, code):
    done = invoke(*files(base=BASE, new=new), *options)
    assert done.exit_code == code, done.output


def test_what_is_not_known_is_said_with_what_to_do(files):
    done = invoke(*files(base=results.latency(), new=results.latency()))
    assert "inconclusive" in done.stdout
    assert "needs ≥ 5 processes on each side" in done.stdout
    assert "measure both with --processes 5" in done.stdout


@pytest.mark.parametrize(
    ("factors", "facts"),
    [
        (
            (1.0, 1.3, 1.0),
            [
                "below 5 processes on a side the spread between processes is taken as seen: "
                "latency median, latency p90, latency p99",
                "below 5 processes on a side percentiles have no verdict: latency p90, latency p99",
            ],
        ),
        (
            (1.0, 1.01, 1.0),
            [
                "below 5 processes on a side a spread between processes of 10% is assumed: "
                "latency median, latency p90, latency p99",
                "below 5 processes on a side percentiles have no verdict: latency p90, latency p99",
            ],
        ),
        ((1.0, 1.3, 1.0, 1.0, 1.0), []),
    ],
)
def test_the_spread_that_made_the_intervals_is_said(factors, facts):
    slow = results.processes(*(10 * factor for factor in factors))
    found = comparison_facts(pytimer.compare(results.processes(*factors), slow))
    assert [fact for fact in found if fact.startswith("below")] == facts


def test_the_comparison_can_be_written_and_is_a_result(files, tmp_path):
    path = tmp_path / "comparison.json"
    done = invoke(*files(base=BASE, new=SLOWER), "--json", path, "--markdown")
    assert done.exit_code == 1
    assert done.stdout.startswith("**regression: worse by more than 5 %: latency median")
    assert json.loads(path.read_text())["kind"] == "comparison"
    assert pytimer.load(path) == pytimer.compare(BASE, SLOWER)


def test_a_name_cannot_break_the_table(files):
    strange = replace(results.latency(), subject=replace(results.latency().subject, model="a|b<c"))
    done = invoke(*files(base=results.latency(), new=strange), "--markdown")
    assert r"new: a\|b\<c" in done.stdout


@pytest.mark.parametrize("name", ["missing.json", "other.json"])
def test_what_is_no_result_is_refused_in_one_line(files, tmp_path, name):
    (tmp_path / "other.json").write_text("{}")
    done = invoke(*files(base=BASE), tmp_path / name)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
