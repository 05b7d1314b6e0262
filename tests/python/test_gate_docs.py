"""docs/gate.md: its commands and options exist, and its code runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pytimer.cli import main

TEXT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text()
COMMANDS = [
    line.split(")")[0].split(">>")[0]
    for line in re.findall(r"pytimer (?:latency|compare) .*", TEXT.replace("\\\n", " "))
]


def test_there_are_commands():
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("line", [line for line in COMMANDS if "`" not in line])
def test_each_command_is_one_that_the_command_line_takes(line):
    _, name, *arguments = shlex.split(line)
    command = main.commands[name]
    command.make_context(name, arguments)


def test_each_option_of_pytest_exists():
    options = set(re.findall(r"--pytimer-[a-z-]+", TEXT))
    assert len(options) == 4
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytimer.pytest_plugin", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert options == set(re.findall(r"--pytimer-[a-z-]+(?=[= ])", done.stdout))


def test_each_option_in_the_text_exists():
    known = {
        option
        for command in main.commands.values()
        for parameter in command.params
        for option in parameter.opts
    }
    named = set(re.findall(r"(?<![\w-])--(?!pytimer)[a-z][a-z-]+", TEXT))
    assert named >= {"--processes", "--strict", "--markdown", "--fail-above", "--allow-different"}
    assert named <= known


@pytest.mark.slow  # tests/python/test_pytest_plugin.py has the same in the usual run
def test_the_code_runs(tmp_path):
    code = re.findall(r"```python\n(import .*?)```", TEXT, re.DOTALL)
    assert len(code) == 1
    done = subprocess.run(
        [sys.executable, "-c", code[0]], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("latency") == 3
