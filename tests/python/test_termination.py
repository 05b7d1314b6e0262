"""Ctrl-C, SIGTERM and SIGHUP: what has been measured is shown and written, then comes one line."""

import errno
import os
import signal
import tempfile
import textwrap

import pytest
import torch
from click.testing import CliRunner

import pytimer
from pytimer.cli import main
from pytimer.termination import Termination

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
SAID = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "ended by SIGTERM",
    signal.SIGHUP: "ended by SIGHUP",
}

MODEL = """
    import os, signal

    def ends_itself():
        calls = 0
        def model(x):
            nonlocal calls
            calls += 1
            if calls == int(os.environ["CALL"]):
                signal.raise_signal(int(os.environ["SIGNAL"]))
            return x
        return model

    def swallows_once():
        calls = 0
        def model(x):
            nonlocal calls
            calls += 1
            if calls == 13:
                try:
                    signal.raise_signal(int(os.environ["SIGNAL"]))
                except KeyboardInterrupt:
                    pass
            if calls == 16:
                signal.raise_signal(int(os.environ["SIGNAL"]))
        return model

    def ends_while_made():
        signal.raise_signal(int(os.environ["SIGNAL"]))

    def ends_its_parent():
        parent = os.getpid()
        class Model:
            calls = 0
            def __call__(self, x):
                self.calls += 1
                if os.getpid() != parent and self.calls == 3:
                    os.kill(os.getppid(), int(os.environ["SIGNAL"]))
                    signal.pause()
        return Model()
"""


@pytest.fixture(autouse=True)
def heard():
    """A shell may have all of them ignored, and that is inherited."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    path = tmp_path / "models.py"
    path.write_text(textwrap.dedent(MODEL))

    def call(command, factory, *options, number=signal.SIGTERM, call=1):
        monkeypatch.setenv("CALL", str(call))
        monkeypatch.setenv("SIGNAL", str(int(number)))
        named = [f"{path}:{factory}"] * (2 if command == "ab" else 1)
        arguments = [command, *named, "--shape", "2", "--json", str(tmp_path / "r.json"), *options]
        return CliRunner().invoke(main, arguments)

    return call


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_keeps_the_samples(invoke, tmp_path, number):
    result = invoke("latency", "ends_itself", number=number, call=10 + 51)
    assert result.exit_code == SIGNALS[number]
    lines = result.stderr.strip().splitlines()
    assert lines[-1] == f"pytimer: {SAID[number]}; 50 samples had been taken"
    assert len(pytimer.load(tmp_path / "r.json").samples) == 50
    assert "interrupted in repetition 51 of 300: 50 samples" in result.output


COMMANDS = {
    "latency": (["--mode", "all", "--no-audit", "--no-flop"], 10 + 300 + 10 + 20),
    "ab": (["--pairs", "50"], 30),
    "batch-size": (["--no-isolate", "--strategy", "sequential"], 6),
    "sweep": (["--no-isolate", "--batch-sizes", "1,2", "--rounds", "3"], 40),
    "overhead": ([], 60000),
    "run": (["--no-isolate", "--repetitions", "20", "--no-audit", "--no-flop"], 60),
    "serve-load": (["--rate", "50", "--seconds", "1"], 30),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_keeps_what_it_knows(invoke, tmp_path, command):
    options, call = COMMANDS[command]
    result = invoke(command, "ends_itself", *options, call=call)
    assert result.exit_code == 143, result.output
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("pytimer: ended by SIGTERM")
    assert "Traceback" not in result.output
    pytimer.load(tmp_path / "r.json")


@pytest.mark.parametrize("command", ["latency", "throughput", "profile"])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_while_the_model_is_made(invoke, tmp_path, number, command):
    options = ["-o", str(tmp_path / "trace.json")] if command == "profile" else []
    result = invoke(command, "ends_while_made", *options, number=number)
    assert result.exit_code == SIGNALS[number], result.output
    assert result.stderr == f"pytimer: {SAID[number]}\n"
    assert not (tmp_path / "r.json").exists()


def test_a_signal_in_the_warm_up_leaves_no_file(invoke, tmp_path):
    result = invoke("latency", "ends_itself", call=10)
    assert result.exit_code == 143
    assert result.stderr == "pytimer: ended by SIGTERM\n"
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_model_that_swallows_a_signal_is_ended_by_the_next(invoke, tmp_path, number):
    result = invoke("latency", "swallows_once", number=number)
    assert result.exit_code == SIGNALS[number]
    assert len(pytimer.load(tmp_path / "r.json").samples) == 5


def test_a_signal_while_a_process_of_ours_measures(invoke):
    result = invoke("latency", "ends_its_parent", "--processes", "2")
    assert result.exit_code == 143
    assert result.stderr == "pytimer: ended by SIGTERM\n"


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_while_the_result_is_written_waits_until_it_is(
    invoke, tmp_path, number, monkeypatch
):
    written = os.fsync
    path = tmp_path / "r.json"
    path.write_text("what was there before")

    def signalled(descriptor):
        if path.read_text() == "what was there before":  # and not of the folder, later
            signal.raise_signal(number)
            assert path.read_text() == "what was there before"
        written(descriptor)

    monkeypatch.setattr(os, "fsync", signalled)
    result = invoke("latency", "ends_itself", "--repetitions", "7", call=-1)
    assert result.exit_code == SIGNALS[number]
    assert result.stderr.endswith(f"pytimer: {SAID[number]}\n")
    assert len(pytimer.load(path).samples) == 7
    assert [file.name for file in tmp_path.glob(".*")] == []


def test_a_signal_while_a_write_fails_costs_no_result(invoke, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written, failed = os.fsync, []

    def fails_once(descriptor):
        if not failed:
            failed.append(descriptor)
            signal.raise_signal(signal.SIGTERM)
            raise OSError(errno.ENOSPC, "No space left on device")
        written(descriptor)

    monkeypatch.setattr(os, "fsync", fails_once)
    result = invoke("latency", "ends_itself", "--repetitions", "7", call=-1)
    assert result.exit_code == 143
    (kept,) = tmp_path.glob("pytimer-*.json")
    assert f"the result is in {kept}" in result.stderr
    assert len(pytimer.load(kept).samples) == 7


def test_a_second_signal_while_the_end_is_written_is_ignored(invoke, tmp_path, monkeypatch):
    written = os.fsync

    def signalled(descriptor):
        for number in SIGNALS:
            signal.raise_signal(number)
        written(descriptor)

    monkeypatch.setattr(os, "fsync", signalled)
    result = invoke("latency", "ends_itself", call=15)
    assert result.exit_code == 143
    assert len(pytimer.load(tmp_path / "r.json").samples) == 4


def test_a_signal_while_the_report_is_printed_leaves_the_file(invoke, tmp_path, monkeypatch):
    from pytimer import report

    def show(*_):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(report, "show", show)
    result = invoke("latency", "ends_itself", "--repetitions", "7", call=-1)
    assert result.exit_code == 143
    assert len(pytimer.load(tmp_path / "r.json").samples) == 7


def test_handlers_are_put_back_and_what_is_ignored_stays_so():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with Termination():
        signal.raise_signal(signal.SIGHUP)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert {number: signal.getsignal(number) for number in SIGNALS} == before


def test_a_signal_is_not_heard_while_the_one_before_is_dealt_with():
    with Termination() as ended:
        try:
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            try:
                raise pytimer.Interrupted from None
            except pytimer.Interrupted:
                signal.raise_signal(signal.SIGINT)
        assert ended.heard is signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):  # it is over
            signal.raise_signal(signal.SIGINT)
        assert (ended.heard, ended.exit_code) == (signal.SIGINT, 130)


def test_what_writes_the_end_ignores_them_all():
    with Termination() as ended:
        ended.ignore()
        for number in SIGNALS:
            signal.raise_signal(number)


@pytest.mark.parametrize("loop", ["isolated", "pipelined"])
def test_a_function_in_c_is_left_at_a_signal(loop):
    """It runs no Python code, in which a signal would be seen."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(pytimer.Interrupted) as caught:
            pytimer.measure_latency(
                torch.relu, torch.ones(2**16), mode=loop, warm_up=0, repetitions=10**6
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert 1 <= len(caught.value.result.samples) < 10**6
