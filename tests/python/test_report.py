"""The text of reports, compared with tests/golden. `pytest --update-golden` writes them anew."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import pytimer
from pytimer import report
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


def test_nothing_measured_prints_nothing():
    assert text_of(pytimer.RunResult()) == ""


def test_the_load_report_in_the_docs_is_the_one_that_is_printed():
    (shown,) = re.findall(r"```text\n(.*?)```", LOAD_DOC.read_text(), re.DOTALL)
    assert shown in (GOLDEN / "load.txt").read_text()
