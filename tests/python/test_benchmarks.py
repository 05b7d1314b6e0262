"""Benchmarks keep their bars, and the docs show the results that are committed."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pytimer.devices import resolve_device

ROOT = Path(__file__).parents[2]


def loaded(name):
    path = ROOT / "benchmarks" / f"{name}.py"
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # as for a script that is run there
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_bars_of_the_batch_size_search_are_held():
    command = [sys.executable, str(ROOT / "benchmarks" / "batch_search.py"), "--limits", "800"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held" in done.stdout


@pytest.mark.slow
def test_a_call_of_a_package_is_ten_times_cheaper_than_from_python():
    path = ROOT / "benchmarks" / "compiled_call.py"
    command = [sys.executable, str(path), "--rounds", "7", "--repetitions", "500"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout


@pytest.mark.parametrize(
    ("name", "table", "page"),
    [
        ("statistics_bars", "worst_of_each", "statistics.md"),
        ("audit_cost", "table", "how-timing-works.md"),
        ("batch_search", "table", "batch-size.md"),
        ("peers", "table", "peers.md"),
        ("soak", "table", "long-runs.md"),
    ],
)
def test_the_table_in_the_docs_is_the_committed_result(name, table, page):
    results = ROOT / "benchmarks" / "results" / f"{name.replace('_', '-')}.json"
    rows = json.loads(results.read_text())["rows"]
    assert all(row.get("held", True) for row in rows)
    assert getattr(loaded(name), table)(rows) in (ROOT / "docs" / page).read_text()


@pytest.fixture
def peers():
    return loaded("peers")


@pytest.fixture
def committed():
    return json.loads((ROOT / "benchmarks" / "results" / "peers.json").read_text())


def test_pytimer_held_its_bars_beside_its_peers(peers, committed):
    assert committed["bars"] == list(peers.bars(committed["rows"], committed["clock_step_s"]))
    assert {bar["name"].split(":")[0] for bar in committed["bars"]} == {
        *(f"bias at {length} µs" for length in (1, 5, 20, 100, 1000)),
        "cost per repetition",
    }
    assert all(bar["holds"] for bar in committed["bars"])
    assert peers.page_of(committed) in (ROOT / "docs" / "peers.md").read_text()


@pytest.mark.parametrize(("kind", "key"), [("bias", "bias_s"), ("cost", "cost_s")])
def test_a_worse_pytimer_misses_the_bars(peers, committed, kind, key):
    (ours,) = (row for row in committed["rows"] if row["tool"] == "pytimer")
    for entry in (ours, *ours["lengths"]):
        if key in entry:
            entry[key] = 1e-3
    for bar in peers.bars(committed["rows"], committed["clock_step_s"]):
        assert bar["holds"] != bar["name"].startswith(kind), bar["name"]


def test_a_tool_is_off_by_what_it_adds_and_one_that_fails_says_why(peers):
    def read_too_much(task):
        for _ in range(10 + task.calls):
            task.call()
        own_s = getattr(task.call, "lengths_s", lambda: np.zeros(task.calls))()
        return peers.Reading(float(np.mean(own_s[-task.calls :])) + 1e-6, task.calls)

    def fail(task):
        raise ValueError("no such thing\nat all")

    extent = peers.Extent((20e-6,), rounds=2, longest_s=0.01)
    tools = [peers.Tool("too much", "mean", read_too_much), peers.Tool("broken", "mean", fail)]
    measured = peers.measure(resolve_device("cpu"), tools, extent)
    off, broken = peers.rows_of(measured, extent)
    assert off["lengths"][0]["bias_s"] == pytest.approx(1e-6, abs=1e-12)
    assert off["lengths"][0]["seconds_to_1_percent"] is None
    assert broken["reason"] == "ValueError: no such thing"
    assert "broken: ValueError: no such thing." in peers.table([off, broken])


def test_every_tool_reads_the_work_or_says_why_not(tmp_path):
    file = tmp_path / "peers.json"
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "peers.py"),
        "--quick",
        "--json",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["tool"].split()[0]: row for row in json.loads(file.read_text())["rows"]}
    for tool in ("pytimer", "pytimer,", "the", "torch.utils.benchmark.Timer", "timeit"):
        assert "reason" not in rows[tool], rows[tool]
    for tool in ("pyperf", "pytorch-benchmark"):
        assert "lengths" in rows[tool] or rows[tool]["reason"].endswith("is not installed")
