"""Long series kept as means of blocks: what is said of them is what all calls would have said."""

import csv
import io
import json
import math
import statistics
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

import pytimer
from pytimer import LatencyPlan, Samples, report
from pytimer.blocks import BlockEngine
from pytimer.report.outputs.google_benchmark import google_benchmark_of
from pytimer.report.outputs.markdown import markdown_of
from pytimer.report.outputs.tidy_csv import csv_of
from pytimer.report.reading import read

from .virtual_host import VirtualHost

CALLS_MS = [1.0, 2.0, 6.0, 5.0, 5.0, 5.0, 8.0, 2.0, 2.0, 7.0]
"""Ten calls. In blocks of four their means are 3.5, 5.0 and, of the last two, 4.5."""


def measured(calls_ms=CALLS_MS, **options):
    """A measurement of calls that take so long."""
    host = VirtualHost()
    lengths = iter([1.0, *calls_ms])  # behind one of warm-up
    options = {"repetitions": len(calls_ms), "max_samples": 3} | options

    def model():
        host.now_ns += round(next(lengths, 1.0) * 1e6)

    return pytimer.measure_latency(
        model, (), device=host, warm_up=1, audit=False, flop=False, name="model", **options
    )


@pytest.fixture(scope="module")
def blocked():
    return measured()


@pytest.fixture(scope="module")
def raw():
    return measured(max_samples=None)


def test_each_entry_is_the_mean_of_its_calls_and_the_last_has_its_own_count(blocked):
    samples = blocked.samples
    assert (samples.block, samples.last_block, samples.calls) == (4, 2, 10)
    assert samples.host_s == pytest.approx([3.5e-3, 5.0e-3, 4.5e-3], rel=1e-12)
    assert samples.calls_of_each.tolist() == [4, 4, 2]


def test_mean_and_deviation_are_those_of_the_single_calls(blocked, raw):
    assert blocked.mean_s == pytest.approx(statistics.fmean(CALLS_MS) / 1e3, rel=1e-12)
    assert blocked.std_s == pytest.approx(statistics.pstdev(CALLS_MS) / 1e3, rel=1e-12)
    assert raw.std_s == pytest.approx(blocked.std_s, rel=1e-12)
    # The control arm: the deviation of the blocks' means is another.
    assert statistics.pstdev([3.5, 5.0, 4.5]) < 0.4 * statistics.pstdev(CALLS_MS)


def test_what_only_single_calls_show_is_not_there(blocked):
    for value in (blocked.median_s, blocked.min_s, blocked.max_s, blocked.percentile_s(0.9)):
        assert value is None
    assert blocked.percentile_interval_s(0.5).bounds is None
    assert "means-of-blocks" in [caveat.name for caveat in blocked.caveats]


def test_no_more_repetitions_than_samples_are_kept_one_by_one():
    result = measured(max_samples=10)
    assert result.samples.block == 1
    assert result.median_s == pytest.approx(5e-3)


@pytest.mark.parametrize("chunks", [[10], [1] * 10, [3, 3, 4], [5, 5], [9, 1], [4, 4, 2]])
@pytest.mark.parametrize("block", [1, 2, 3, 4, 7, 10, 11])
def test_blocks_are_the_same_however_the_calls_come_in_chunks(block, chunks):
    class Recorded:
        """An engine of calls whose times are known."""

        def __init__(self):
            self.times, self.kept = iter(CALLS_MS), []

        def isolated(self, repetitions):
            self.kept += [next(self.times) for _ in range(repetitions)]

        def take(self, chunk_starts=()):
            kept, self.kept = self.kept, []
            return Samples("host", {"host_s": np.array(kept)} if kept else {})

    engine = BlockEngine(Recorded(), block, len(CALLS_MS))
    for calls in chunks:
        engine.isolated(calls)
    samples = engine.take()
    parts = [CALLS_MS[i : i + block] for i in range(0, len(CALLS_MS), block)]
    variances = (samples.variances or {"host_s": [0.0] * len(parts)})["host_s"]
    assert samples.host_s == pytest.approx([statistics.fmean(part) for part in parts])
    assert list(variances) == pytest.approx([statistics.pvariance(part) for part in parts])
    assert samples.calls == len(CALLS_MS)


def test_the_interval_of_the_mean_is_over_whole_blocks():
    calls_ms = [float(i % 7 + i % 3) for i in range(1, 43)]
    result = measured(calls_ms, max_samples=5)  # four of nine calls, and one of six
    means = [statistics.fmean(calls_ms[i : i + 9]) / 1e3 for i in range(0, 36, 9)]
    low, high = result.mean_interval_s().bounds
    half = 3.182446 * statistics.stdev(means) / math.sqrt(4)  # Student's t, 3 degrees of freedom
    assert (high + low) / 2 == pytest.approx(statistics.fmean(means))
    assert (high - low) / 2 == pytest.approx(half, rel=1e-6)


def test_after_an_error_the_calls_before_it_are_kept_as_blocks():
    host = VirtualHost()
    made = []

    def model():
        made.append(1)
        host.now_ns += 1_000_000
        if len(made) == 8:
            raise OSError("gone")

    with pytest.raises(pytimer.CallError, match="repetition 7 of 10 ") as caught:
        pytimer.measure_latency(
            model, (), device=host, warm_up=1, repetitions=10, max_samples=3, audit=False
        )
    samples = caught.value.samples
    assert samples.host_s == pytest.approx([1e-3, 1e-3])
    assert (samples.calls, samples.last_block) == (6, 2)


@pytest.mark.parametrize(
    "options",
    [{"mode": "pipelined"}, {"mode": "queued"}, {"precision": 0.01}, {"rounds": 2}],
)
def test_what_needs_every_call_is_refused(options):
    with pytest.raises(pytimer.PlanError, match="max_samples keeps means of blocks"):
        measured(**options)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True])
def test_a_number_of_samples_is_a_count(wrong):
    with pytest.raises(pytimer.PlanError, match="max_samples must be an integer ≥ 1"):
        LatencyPlan(max_samples=wrong)


def test_several_processes_keep_single_calls():
    with pytest.raises(pytimer.PlanError, match="leave max_samples out"):
        pytimer.measure_in_processes(pytimer.measure_latency, int, (), max_samples=5)


def test_a_file_keeps_blocks_and_one_without_has_no_word_of_them(blocked, raw, tmp_path):
    for result in (blocked, raw):
        pytimer.save(result, tmp_path / "result.json")
        assert pytimer.load(tmp_path / "result.json") == result
    document = json.loads((tmp_path / "result.json").read_text())["result"]
    assert not {"block", "last_block", "variances"} & document["samples"].keys()
    assert "max_samples" not in document["plan"]


def test_single_calls_are_not_compared_with_blocks_nor_blocks_of_other_sizes(blocked, raw):
    others = {"samples": raw, "means of blocks of 5 calls": measured(max_samples=2)}
    for words, other in others.items():
        with pytest.raises(pytimer.NotComparableError, match=f"{words} in base, means of blocks"):
            pytimer.compare(other, blocked)
    compared = pytimer.compare(blocked, blocked)
    assert [metric.name for metric in compared.metrics] == ["latency mean"]


def test_every_output_says_that_entries_are_blocks(blocked):
    shown = io.StringIO()
    report.show(blocked, Console(file=shown, width=100))
    report.show_headlines(blocked, Console(file=shown, width=100))
    document = read(blocked)
    assert shown.getvalue().count("means of blocks of 4 calls") >= 3
    assert "median of blocks" in shown.getvalue()
    assert "means of blocks of 4 calls" in markdown_of(document)
    rows = list(csv.DictReader(io.StringIO(csv_of(document))))
    assert [row["part"] for row in rows] == [f"mean of {n} calls" for n in (4, 4, 2)]
    entries = json.loads(google_benchmark_of(document))["benchmarks"][:3]
    assert [entry["iterations"] for entry in entries] == [4, 4, 2]


def test_the_tools_of_torch_are_given_the_time_of_whole_blocks(blocked):
    measurement = blocked.to_measurement()
    assert measurement.number_per_run == 4
    assert measurement.times == pytest.approx([3.5e-3, 5.0e-3])


def test_the_command_takes_the_number_of_samples(tmp_path):
    (tmp_path / "own.py").write_text(
        "import torch\n\ndef make():\n    return torch.nn.Identity()\n"
    )
    command = [sys.executable, "-m", "pytimer", "latency", "own.py:make", "--shape", "3"]
    command += ["--repetitions", "50", "--max-samples", "20", "--no-audit", "--no-flop"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "kept: 17 means of blocks of 3 calls, the last of 2" in done.stdout
