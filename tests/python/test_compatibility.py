"""The versions that were tried, and how the part without torch is told from the rest."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import setuptools

from ..compatibility.counts import Counts, counts_of
from ..compatibility.requirements import requirements
from ..compatibility.rows import PAGE, Row, load, merged, page_with, table
from ..compatibility.trying import torch_free_tests

ROOT = Path(__file__).parents[2]

GREEN = Counts(passed=7, failed=0, skipped=1)
RED = Counts(passed=5, failed=2, skipped=1, failures=("test_a", "test_b"))


def row(counts, *, asked="torch 2.11.0", note=""):
    return Row("pytest", asked, "", counts, note, "2026-01-02", "abc1234")


def without_torch(*arguments):
    command = [sys.executable, "-m", "pytest", "-p", "tests.compatibility.without_torch"]
    return subprocess.run(
        [*command, "-q", "-p", "no:cacheprovider", *arguments, *torch_free_tests()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def built_by_setup(monkeypatch):
    built = {}
    monkeypatch.setattr(setuptools, "setup", lambda **options: built.update(options))
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    return [extension.name for extension in built["ext_modules"]]


def test_tests_that_need_no_torch_are_found_where_there_is_none():
    done = without_torch("--collect-only")
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.slow
def test_tests_that_need_no_torch_pass_where_there_is_none():
    done = without_torch("-m", "not slow")
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_test_that_needs_torch_is_not_found_where_there_is_none():
    done = without_torch("--collect-only", "tests/python/test_workload.py")
    assert "No module named 'torch'" in done.stdout


def test_without_torch_the_part_that_needs_none_is_built_when_asked_for(monkeypatch):
    for name in ("torch", "torch.utils.cpp_extension"):  # the latter alone, once it is imported
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PYTIMER_WITHOUT_TORCH", "1")
    assert built_by_setup(monkeypatch) == ["pytimer._core"]


def test_with_torch_both_parts_are_built(monkeypatch):
    assert built_by_setup(monkeypatch) == ["pytimer._core", "pytimer._torch"]


def test_without_torch_nothing_that_needs_it_is_installed(tmp_path):
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(
        "[project]\ndependencies = ['torch>=2', 'torch-like', 'numpy>=1', 'efficientnet-pytorch']"
        "\n[dependency-groups]\nbuild = ['wheel']\ntest = ['pytest', 'transformers>=5']\n"
        "check = ['stubgen']\n"
    )
    assert requirements(pyproject, None) == ["torch-like", "numpy>=1", "wheel", "pytest"]
    with_torch = requirements(pyproject, "2.11.0")
    assert with_torch[0] == "torch==2.11.0"
    assert with_torch[-3:] == ["pytest", "transformers>=5", "stubgen"]
    assert len(with_torch) == 8


def test_every_outcome_of_a_test_is_counted_once(tmp_path):
    junit = tmp_path / "junit.xml"
    cases = (
        "<testcase name='a'/>",
        "<testcase name='b'><failure/></testcase>",
        "<testcase name='c'><error/></testcase>",
        "<testcase name='d'><failure/><error/></testcase>",
        "<testcase name='e'><skipped/></testcase>",
        "<testcase name='f'><system-out/></testcase>",
    )
    junit.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    assert counts_of(junit) == Counts(2, 3, 1, ("b", "c", "d"))


def test_what_passes_at_the_second_try_counts_as_passed():
    again = Counts(passed=1, failed=1, skipped=0, failures=("test_b",))
    assert RED.after_another_try(again) == Counts(6, 1, 1, ("test_b",))


@pytest.mark.parametrize(
    ("counts", "green"), [(GREEN, True), (RED, False), (None, False), (Counts(0, 0, 9), False)]
)
def test_only_tests_that_ran_and_passed_are_green(counts, green):
    assert row(counts).green is green


def test_what_was_not_run_says_so_and_why():
    (line,) = table([row(None, note="no disk")]).splitlines()[2:]
    assert "| not run |  |  |" in line
    assert line.endswith("| no disk |")


def test_what_failed_is_named():
    (line,) = table([row(RED)]).splitlines()[2:]
    assert "| 5 | 2 | 1 |" in line
    assert line.endswith("| `test_a`, `test_b` |")


def test_a_new_row_takes_the_place_of_its_old_one_and_of_no_other():
    old = [row(RED), row(GREEN, asked="torch 2.14.1")]
    assert merged(old, row(GREEN)) == [row(GREEN), row(GREEN, asked="torch 2.14.1")]


def test_the_page_shows_the_rows_that_are_kept():
    rows = load()
    assert rows
    page = PAGE.read_text()
    assert page_with(page, rows) == page
    assert page_with(page, rows[1:]) != page
