"""What the README says can be done, can be done."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytimer.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = README + (ROOT / "CONTRIBUTING.md").read_text()


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\$ make ([a-z-]+)", PAGES))
    assert named
    assert named <= targets


def test_every_command_and_option_exists():
    commands = {name: {o for p in c.params for o in p.opts} for name, c in main.commands.items()}
    named = re.findall(rf"\bpytimer ({'|'.join(commands)})\b([^\n`]*)", README)
    assert {name for name, _ in named} == set(commands)
    for name, rest in named:
        assert set(re.findall(r"--[a-z-]+", rest)) <= commands[name]


def test_every_linked_file_exists():
    prose = re.sub(r"```.*?```", "", PAGES, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)\)", prose):
        assert (ROOT / target).exists(), target


@pytest.mark.slow
def test_the_python_example_runs(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    command = [sys.executable, "-c", example]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert re.search(r"\d+\.\d+ ± \d+\.\d+ ms", done.stdout)
    assert (tmp_path / "latency.json").exists()
