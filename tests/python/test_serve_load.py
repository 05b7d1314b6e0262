"""The command `pytimer serve-load`."""

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from click.testing import CliRunner

import pytimer
from pytimer.cli import main
from pytimer.serving import Answer, Arrivals, Ending


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "slow.py"
    path.write_text("import time\ndef make(): return lambda x: time.sleep(0.002)\n")
    return f"{path}:make"


def invoke(model, *options):
    arguments = ["serve-load", model, "--shape", "1", "--warm-up", "1", *map(str, options)]
    return CliRunner().invoke(main, arguments)


def test_every_rate_is_shown_written_and_judged(model, tmp_path):
    path = tmp_path / "load.json"
    result = invoke(
        model, "--rate", "50,5000", "--max-latency", "5s", "--percentile", 50, "--seconds", 2,
        "--json", path,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "open loop, poisson arrivals for 2.000 s each, asked for p50 ≤ 5.000 s" in result.stdout
    assert "overload" in result.stdout
    loaded = pytimer.load(path)
    # On a busy machine 50 may need more requests.
    slow, fast = (loaded.verdict(point).answer for point in loaded.points)
    assert (slow is not Answer.INVALID, fast) == (True, Answer.INVALID)
    highest = "50.00 requests/s" if slow is Answer.VALID else "none"
    assert f"highest rate with p50 ≤ 5.000 s (95 % confidence): {highest}" in result.stdout
    assert loaded.plan.arrivals is Arrivals.POISSON


def test_auto_looks_for_the_rate(model, tmp_path):
    path = tmp_path / "load.json"
    result = invoke(
        model, "--rate", "auto", "--max-latency", "1s", "--percentile", 50, "--seconds", 0.1,
        "--arrivals", "uniform", "--json", path, "-q",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    loaded = pytimer.load(path)
    assert result.stdout.splitlines()[-1].endswith(" with p50 ≤ 1.000 s")
    assert all(point.rate_per_s < 1000 for point in loaded.points)  # of some 500
    assert loaded.plan.rates == "auto"


def test_idle_paces_the_requests(model, tmp_path):
    path = tmp_path / "load.json"
    result = invoke(model, "--idle", "20ms", "--seconds", 0.3, "--json", path)
    assert result.exit_code == 0, result.output
    assert "closed loop, 20.00 ms idle before each request" in result.stdout
    (point,) = pytimer.load(path).points
    gaps_s = point.requests.arrival_s[1:] - point.requests.finish_s[:-1]
    assert gaps_s == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rate", "0"), "rates must be positive numbers of requests/s, got 0.0"),
        (("--rate", "50,-1"), "rates must be positive numbers of requests/s, got -1.0"),
        (("--rate", "50,x"), "expected requests per second such as 50,100, or auto, got '50,x'"),
        (("--rate", "auto"), "give max_latency_s (--max-latency)"),
        (("--rate", "50", "--max-latency", "50"), "expected a duration with its unit"),
        (("--rate", "50", "--idle", "1s"), "leave one out"),
        ((), "rates must name requests per second"),
    ],
)
def test_bad_options_are_one_line(model, options, message):
    result = invoke(model, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_interrupt_shows_and_writes_what_is_known(model, tmp_path):
    path = tmp_path / "load.json"
    options = ["--shape", "1", "--rate", "100,101", "--seconds", "0.5", "--json", str(path)]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytimer", "serve-load", model, *options],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(theirs)
    said = b""
    while "101.0 requests/s for" not in said.decode(errors="replace"):
        said += os.read(ours, 4096)
    os.kill(process.pid, signal.SIGINT)
    with suppress(OSError):  # the terminal is gone with the last who writes to it
        while os.read(ours, 4096):
            pass
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 130
    assert "requests/s" in out
    loaded = pytimer.load(path)
    assert loaded.points[0].ending is Ending.SERVED
    assert len(loaded.points[0].requests) == loaded.points[0].scheduled
