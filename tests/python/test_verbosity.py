"""-q, -v, progress and colour: what a command says besides its report."""

import io
import os
import pty
import re
import subprocess
import sys
import textwrap

import pytest
from click.testing import CliRunner
from rich.console import Console

import pytimer
from pytimer import report
from pytimer.cli import main
from pytimer.progress import Progress
from pytimer.progress_bar import ProgressLines

from . import results

SLOW = """
    import time

    def make():
        return lambda x: time.sleep(0.01)

    def broken():
        def forward(x):
            raise RuntimeError("no such layer")
        return forward
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "slow.py"
    path.write_text(textwrap.dedent(SLOW))
    return lambda factory: f"{path}:{factory}"


def invoke(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


def on_a_terminal(*arguments, **environment):
    """(what standard output and standard error say there, together)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytimer", *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # the terminal is gone with the last who writes to it
        pass
    assert process.wait(30) == 0
    return seen.decode()


def quiet(result):
    console = Console(width=80, file=io.StringIO())
    report.show_headlines(result, console)
    return console.file.getvalue()


def test_a_headline_is_a_line_for_each_figure():
    assert quiet(results.latency()) == (
        "mean latency: 50.00 ms ± 5.793 ms\nmedian: 50.00 ms\np99: 59.80 ms\nsamples: 300\n"
    )
    assert quiet(results.throughput()) == "throughput: 54.55 items/s at batch size 3\n"
    assert quiet(results.load()) == "highest rate: 100.0 requests/s with p99 ≤ 10.00 ms\n"
    assert quiet(results.load_searched()) == "highest rate: none with p99 ≤ 10.00 ms\n"
    assert quiet(results.paced()) == "paced: p99 1.010 ms, n = 120, –\n"


def test_a_run_has_the_headlines_of_the_stages_that_were_reached():
    whole = results.run()
    begun = pytimer.RunResult(latency=whole.latency)
    assert quiet(begun) == quiet(whole.latency)
    stages = (whole.latency, whole.batch_size, whole.sweep, whole.throughput)
    last = whole.sweep.search  # is shown as a stage of its own
    assert last == whole.batch_size
    assert sorted(quiet(whole).splitlines()) == sorted(
        {line for stage in stages for line in quiet(stage).splitlines()}
    )


def test_quiet_prints_the_headline_only(model):
    command = ("latency", model("make"), "--shape", 1, "--repetitions", 3)
    result = invoke(*command, "-q")
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
        "mean latency",
        "median",
        "p99",
        "samples",
    ]
    assert result.stderr == ""
    assert len(invoke(*command).stdout.splitlines()) > 10


def test_quiet_shows_no_progress_on_a_terminal(model):
    command = ("latency", model("make"), "--shape", "1", "--repetitions", "3")
    assert "warm-up" not in on_a_terminal(*command, "--quiet")
    assert "warm-up" in on_a_terminal(*command)


def test_verbose_tells_progress_and_settings_without_a_terminal(model):
    command = ("latency", model("make"), "--shape", 1, "--repetitions", 3)
    result = invoke(*command, "-v")
    assert re.search(r"^warm-up 1/10 \d+\.\d+ ms a call so far$", result.stderr, re.MULTILINE)
    assert re.search(r"^latency 3/3 median so far \d+\.\d+ ms$", result.stderr, re.MULTILINE)
    assert "torch.settings.flags.backends.cudnn.benchmark  False" in result.stdout
    assert "backends.cudnn" not in invoke(*command).stdout


def test_verbose_shows_where_an_error_came_from(model):
    command = ("latency", model("broken"), "--shape", 1)
    loud, plain = invoke(*command, "-v"), invoke(*command)
    assert loud.exit_code == plain.exit_code == 2
    assert 'raise RuntimeError("no such layer")' in loud.stderr
    assert loud.stderr.splitlines()[-1] == plain.stderr.strip()
    assert len(plain.stderr.splitlines()) == 1


def test_lines_of_progress_come_once_a_second_and_at_the_end_of_a_stage(capsys):
    lines = ProgressLines(Console())
    for done in range(1, 1001):
        lines(Progress("latency", done, 1000))
    lines(Progress("batch size", 1, None, "tried 4", "4 fits"))
    out = capsys.readouterr().out.splitlines()
    assert out == ["latency 1/1000", "latency 1000/1000", "4 fits"]


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colour_is_for_terminals_that_want_it(environment, model):
    command = ("latency", model("make"), "--shape", "1", "--repetitions", "3")
    seen = on_a_terminal(*command, **environment)
    assert bool(re.search(r"\x1b\[([0-9]+;)*[39][0-7]m", seen)) == (not environment)


def test_the_first_figure_comes_with_the_first_call(model):
    for command in ("latency", "throughput", "ab"):
        models = [model("make")] * (2 if command == "ab" else 1)
        few = {"latency": "--repetitions", "throughput": "--batches", "ab": "--pairs"}[command]
        sized = ("--batch-size", 1) if command == "throughput" else ()
        said = invoke(command, *models, "--shape", 1, *sized, few, 3, "-v").stderr
        assert re.match(r"warm-up 1/10 \d+\.\d\d ms a (call|pair) so far\n", said)
