"""Every row of docs/reliability.md names a test, and that test is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").partition("## What goes")[2]
ROWS = [line for line in FAULTS.splitlines() if line.startswith("| ") and " --- " not in line]


def unknown_tests(row):
    """The test ids of a row that are not there; the row itself where it names none."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row.split("|")[3])
    return [f"{path}::{name}" for path, name in named if name not in functions_of(ROOT / path)] or (
        [] if named else [row]
    )


def functions_of(path):
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_fault_names_a_test_that_exists():
    faults = [row for row in ROWS if "what goes wrong" not in row]
    assert len(faults) >= 40
    assert [missing for row in faults for missing in unknown_tests(row)] == []


def test_a_row_with_a_wrong_test_or_none_is_seen():
    assert unknown_tests("| a | b | no test |")
    assert unknown_tests("| a | b | `tests/python/test_reliability.py::test_of_nothing` |")
    assert unknown_tests("| a | b | `tests/python/test_nothing.py::test_of_nothing` |")
