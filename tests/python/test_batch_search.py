"""The benchmark of the batch-size search keeps its bars, and the docs show its committed result."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCHMARK = ROOT / "benchmarks" / "batch_search.py"


def test_the_bars_are_held():
    command = [sys.executable, str(BENCHMARK), "--limits", "800"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "held" in done.stdout


def test_the_table_in_the_docs_is_the_committed_result():
    spec = importlib.util.spec_from_file_location("batch_search", BENCHMARK)
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules["batch_search"] = benchmark
    spec.loader.exec_module(benchmark)
    committed = ROOT / "benchmarks" / "results" / "batch-search.json"
    rows = json.loads(committed.read_text())["rows"]
    assert benchmark.table(rows) in (ROOT / "docs" / "batch-size.md").read_text()
