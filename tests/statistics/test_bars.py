import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCHMARK = ROOT / "benchmarks" / "statistics_bars.py"


def test_no_bar_is_missed_by_a_quick_simulation():
    command = [sys.executable, str(BENCHMARK), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_the_table_in_the_docs_is_the_committed_result():
    spec = importlib.util.spec_from_file_location("statistics_bars", BENCHMARK)
    bars = importlib.util.module_from_spec(spec)
    sys.modules["statistics_bars"] = bars
    spec.loader.exec_module(bars)
    committed = ROOT / "benchmarks" / "results" / "statistics-bars.json"
    rows = json.loads(committed.read_text())["rows"]
    assert all(row["held"] for row in rows)
    assert bars.worst_of_each(rows) in (ROOT / "docs" / "statistics.md").read_text()
