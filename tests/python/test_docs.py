"""The references are those of the code, and the recipes run."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def written():
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "write_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blocks(name):
    return re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)


@pytest.mark.parametrize(
    ("name", "text"), [("cli.md", "cli_reference"), ("api.md", "api_reference")]
)
def test_the_reference_is_that_of_the_code(name, text):
    assert getattr(written(), text)() == (DOCS / name).read_text(), "run: make reference"


def test_every_public_function_has_a_docstring_in_the_reference():
    assert "\nNone\n" not in (DOCS / "api.md").read_text()


def test_there_are_ten_recipes_and_all_run(tmp_path):
    start, *recipes = blocks("cookbook.md")
    assert len(recipes) == 10
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", "\n".join([start, *recipes])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 10
    assert "train-mode" not in done.stdout  # such a model does the same in both modes
    assert "records-gradients" in done.stdout


def test_the_code_of_the_quick_start_runs(tmp_path):
    (code,) = blocks("quick-start.md")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
