"""Benchmarks keep their bars, and the docs show the results that are committed."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded(name):
    path = ROOT / "benchmarks" / f"{name}.py"
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


def test_a_call_of_a_package_is_ten_times_cheaper_than_from_python():
    path = ROOT / "benchmarks" / "compiled_call.py"
    command = [sys.executable, str(path), "--rounds", "7", "--repetitions", "500"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout


@pytest.mark.parametrize(
    ("benchmark", "table", "page"),
    [
        ("statistics_bars", "worst_of_each", "statistics.md"),
        ("batch_search", "table", "batch-size.md"),
    ],
)
def test_the_table_in_the_docs_is_the_committed_result(benchmark, table, page):
    results = ROOT / "benchmarks" / "results" / f"{benchmark.replace('_', '-')}.json"
    rows = json.loads(results.read_text())["rows"]
    assert all(row.get("held", True) for row in rows)
    assert getattr(loaded(benchmark), table)(rows) in (ROOT / "docs" / page).read_text()
