"""An error of pytimer itself is one line too, and not mistaken for one of the user."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

import pytimer
from pytimer import codec
from pytimer.cli import main
from pytimer.items import ItemTensor
from pytimer.plan import Mode, check_count

from . import results

MODEL = "def model():\n    return lambda x: x\n"


@pytest.fixture
def latency(tmp_path, monkeypatch):
    (tmp_path / "models.py").write_text(MODEL)
    monkeypatch.setattr(codec, "encode", lambda *_, **__: [][0])
    common = ["latency", f"{tmp_path}/models.py:model", "--shape", "1", "--repetitions", "2"]
    json_path = ["--json", f"{tmp_path}/result.json"]
    return lambda *more: CliRunner().invoke(main, [*common, *json_path, *more])


def test_it_is_one_line_that_says_where_and_has_an_exit_code_of_its_own(latency):
    done = latency()
    assert done.exit_code == 70
    (line,) = done.stderr.splitlines()
    assert line.startswith("pytimer: internal error at ")
    assert ": IndexError: list index out of range; please report it" in line


def test_its_traceback_is_shown_where_asked_for(latency):
    assert "Traceback (most recent call last)" in latency("-v").stderr


def test_an_error_of_the_user_is_not_one(latency):
    """A control arm."""
    done = latency("--rounds", "0")
    assert (done.exit_code, "internal" in done.stderr) == (2, False)


def test_text_that_the_terminal_cannot_show_is_escaped(tmp_path):
    """As bytes outside of ASCII are where there is no locale."""
    path = tmp_path / "result.json"
    pytimer.save(results.latency(), path)
    done = subprocess.run(
        [sys.executable, "-m", "pytimer", "compare", path, path],
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1\\xd73\\xd7224" in done.stdout


@pytest.mark.parametrize("path", ["\0", "\ud800"])
def test_a_path_that_no_system_takes_is_refused(path):
    for words in (["report", path], ["audit", path], ["latency", "m", "--json", path]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "expected a path" in done.stderr
    with pytest.raises(pytimer.ResultFileError, match="cannot read"):
        pytimer.load(path)
    with pytest.raises(pytimer.ResultFileError, match="cannot write"):
        pytimer.save(results.export(), path)


@pytest.mark.parametrize("suffix", ["", ".json", ".py:model", ".pt2"])
@pytest.mark.parametrize("command", ["latency", "audit", "report"])
def test_a_name_that_is_too_long_is_a_file_that_is_not_there(command, suffix):
    done = CliRunner().invoke(main, [command, "x" * 300 + suffix])
    assert done.exit_code == 2
    assert done.stderr.startswith("pytimer: ")
    assert "internal" not in done.stderr


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: check_count("n", 2**63, 0), "of 64 bits"),
        (lambda: check_count("n", -(10**5000), 0), "got some int"),
        (lambda: pytimer.LatencyPlan(mode=3), "mode must be one of isolated"),
        (lambda: pytimer.LatencyPlan(max_seconds=10**400), "max_seconds must be a positive"),
        (lambda: pytimer.SweepPlan(batch_sizes=5), "batch_sizes must be a tuple"),
        (lambda: pytimer.ThroughputPlan(host_to_device=1), "host_to_device must be True or False"),
        (lambda: pytimer.BatchSizePlan(isolate="yes"), "isolate must be True or False"),
        (lambda: pytimer.LoadPlan(rates=5), "rates must be a tuple"),
        (lambda: ItemTensor((-1,)), "shape must be an integer ≥ 0"),
        (lambda: ItemTensor((1,), "a b"), "name must be a keyword"),
        (lambda: ItemTensor((1,), dtype="float8"), "dtype must be one of"),
        (lambda: ItemTensor((1,), at_least=2, below=2), "below must be an integer ≥ 3"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(make, message):
    with pytest.raises(pytimer.PlanError, match=message):
        make()


def test_the_name_of_a_mode_is_that_mode():
    assert pytimer.LatencyPlan(mode="queued").mode is Mode.QUEUED
