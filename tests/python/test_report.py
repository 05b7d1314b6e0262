"""The text of reports, compared with tests/golden. `pytest --update-golden` writes them anew."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import pytimer
from pytimer import Equivalence, report
from pytimer.report.outputs.comment import comment_of
from pytimer.serving import Arrivals

from . import results

GOLDEN = Path(__file__).parents[1] / "golden"
LOAD_DOC = Path(__file__).parents[2] / "docs" / "serve-load.md"

CASES = {
    "latency-host": results.latency(),
    "latency-cuda": results.latency(results.CUDA),
    "latency-few": results.latency(count=9),
    "batch-size": results.batch_size(),
    "sweep": results.sweep(max_latency_s=0.07),
    "throughput-auto": results.throughput(results.CUDA, results.sweep(results.CUDA)),
    "run": results.run(),
    "export": results.export(),
    "profile-host": results.profile(),
    "profile-cuda": results.profile(results.CUDA),
    "overhead-host": results.loops(),
    "overhead-cuda": results.loops(results.CUDA),
    "load": results.load(),
    "load-uniform": results.load(arrivals=Arrivals.UNIFORM, max_latency_s=None, percentile=0.5),
    "load-paced": results.paced(),
    "load-auto-none": results.load_searched(),
    "processes-latency": results.processes(1.0, 1.02, 0.99),
    "processes-one": results.processes(1.0),
    "processes-throughput": results.processes(1.0, 1.01, of=results.throughput()),
    "comparison-slower": results.comparison(),
    "comparison-few": results.comparison(1.03, noise=(1.0,)),
    "mistakes-host": results.mistakes(),
    "mistakes-cuda": results.mistakes(results.CUDA),
    "ranks": results.ranks(0.0125, 0.0125, 0.015, starts=[0.0, 1e-6, 2e-6]),
    "ranks-latency": results.latency_ranks(),
    "ranks-missing": results.ranks(0.0125, missing=[(1, "ended without a word")]),
}


def text_of(result):
    out = io.StringIO()
    report.show(result, Console(file=out, width=80, highlight=False))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


@pytest.mark.parametrize("name", CASES)
def test_the_report_reads_as_agreed(name, request):
    path = GOLDEN / f"{name}.txt"
    text = text_of(CASES[name])
    if request.config.getoption("--update-golden"):
        path.write_text(text)
    assert text == path.read_text()
    assert "…" not in text  # nothing is cut off at 80 columns


def test_a_comparison_as_markdown(request):
    path = GOLDEN / "comparison.md"
    text = comment_of(results.comparison())
    if request.config.getoption("--update-golden"):
        path.write_text(text)
    assert text == path.read_text()


def test_processes_say_how_many_repetitions_each_made_and_what_the_first_computed():
    equal = Equivalence("equal", "the outputs agree", 3e-7, 1e-3)
    first, second = (replace(results.latency(count=n), equivalence=equal) for n in (300, 280))
    first = results.slower(first, 2.0)
    result = pytimer.ProcessesResult((first, replace(second, plan=first.plan)))
    text = text_of(result)
    assert "in 2 processes, isolated, 280 to 300 repetitions in each" in text
    assert "outputs: equal (against the reference" in text
    assert "Work  in the first process; FLOP, not MAC" in text
    # 780 MFLOP in 100 ms, the median of the first; 50 ms is that of the second.
    assert "achieved: 7.800 GFLOP/s (FLOP ÷ median)" in text
    (work,) = [section for section in report.read(result).sections if section.title == "Work"]
    assert work.how.startswith("in the first process")
    assert any("achieved: 7.800 GFLOP/s" in fact for fact in work.facts)
    none = replace(first, work=None, equivalence=None)
    bare = text_of(pytimer.ProcessesResult((none,)))
    assert "Work" not in bare
    assert "outputs" not in bare


def test_nothing_measured_prints_nothing():
    assert text_of(pytimer.RunResult()) == ""


def test_the_load_report_in_the_docs_is_the_one_that_is_printed():
    (shown,) = re.findall(r"```text\n(.*?)```", LOAD_DOC.read_text(), re.DOTALL)
    assert shown in (GOLDEN / "load.txt").read_text()
