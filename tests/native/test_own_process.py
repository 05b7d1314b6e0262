"""`--timeout`: the command has a process of its own, which may die, or not end by itself."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import pytimer

MODELS = """
    import os, signal, subprocess, sys, time

    calls = 0

    def at_call(number, act, call_s=0.1):
        def model(x):
            global calls
            calls += 1
            if calls == number:
                act()
            time.sleep(call_s)
        return model

    def exits():
        return at_call(14, lambda: os._exit(7))

    def is_killed():
        return at_call(14, lambda: os.kill(os.getpid(), signal.SIGKILL))

    def raises():
        def act():
            raise RuntimeError("fourteenth")
        return at_call(14, act)

    def hangs():
        return at_call(14, lambda: time.sleep(600))

    def is_deaf():
        def act():
            signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
            time.sleep(600)
        return at_call(14, act)

    def leaves_a_sleeper():
        def act():
            sleeper = subprocess.Popen(["sleep", "600"])
            with open(os.environ["SLEEPER"], "w") as file:
                file.write(str(sleeper.pid))
        return at_call(3, act, call_s=0.001)

    def forks():
        return at_call(3, os.fork, call_s=0.001)

    def ends_in_a_text_that_c_runs():
        import ctypes
        ctypes.pythonapi.PyRun_String.restype = ctypes.py_object
        text = b"import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
        names = ctypes.py_object({"__builtins__": __builtins__})
        ctypes.pythonapi.PyRun_String(text, 257, names, names)  # Py_file_input

    class Alarm:
        def __del__(self, kill=os.kill, process=os.getpid(), number=signal.SIGALRM):
            kill(process, number)

    def rings_at_the_end():
        global alarm
        alarm = Alarm()
        return at_call(0, None, call_s=0.001)

    def tells_environment():
        print(sorted(name for name in os.environ if name.startswith("PYTIMER")))
        return at_call(0, None, call_s=0.001)
"""


@pytest.fixture
def command(tmp_path):
    path = tmp_path / "models.py"
    path.write_text(textwrap.dedent(MODELS))
    out = tmp_path / "out.json"

    def arguments(factory, *options):
        model = f"{path}:{factory}"
        shape = ("--shape", "1", "--warm-up", "2", "--repetitions", "30", "--json", str(out))
        return [sys.executable, "-m", "pytimer", "latency", model, *shape, *options]

    return arguments, out


def carried_out(arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)


def is_gone(pid):
    """Or a zombie that nobody has waited for."""
    try:
        return " (sleep) Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def failed(arguments):
    """The one line of a command that ends with exit code 2."""
    done = carried_out(arguments)
    assert done.returncode == 2
    return one_line(done.stderr)


def one_line(stderr):
    (line,) = stderr.strip().splitlines()
    assert line.startswith("pytimer: ")
    return line


@pytest.mark.parametrize(
    ("factory", "how"),
    [("exits", "ended with exit code 7"), ("is_killed", "was killed by SIGKILL")],
)
def test_what_was_known_last_outlives_the_process(command, factory, how):
    """The 14th call is repetition 12 at most: some are untimed, after the pause of a report."""
    arguments, out = command
    done = carried_out(arguments(factory, "--timeout", "120"))
    assert done.returncode == 2
    assert one_line(done.stderr).endswith(how)
    result = pytimer.load(out)
    assert 1 <= len(result.samples) <= 11
    assert result.min_s > 0.1
    (caveat,) = [caveat for caveat in result.caveats if caveat.name == "incomplete"]
    assert "its process ended" in caveat.message
    assert "incomplete" in done.stdout


def test_without_a_process_of_its_own_the_same_model_takes_all_with_it(command):
    """The control: nothing is left to say what happened."""
    arguments, out = command
    done = carried_out(arguments("exits"))
    assert (done.returncode, done.stdout) == (7, "")
    assert not out.exists()


def test_a_model_that_does_not_return_is_ended_when_the_time_is_over(command):
    arguments, out = command
    begin = time.monotonic()
    line = failed(arguments("hangs", "--timeout", "25"))
    assert time.monotonic() - begin >= 25
    assert "not finished within --timeout 25 s" in line
    assert 1 <= len(pytimer.load(out).samples) <= 11


def test_a_time_that_is_over_before_the_command_begins(command):
    arguments, out = command
    line = failed(arguments("exits", "--timeout", "0.01"))
    assert line.endswith("has not finished within --timeout 0.01 s")
    assert not out.exists()


@pytest.mark.slow
def test_a_model_that_hears_no_signal_is_killed(command):
    arguments, out = command
    assert "was killed" in failed(arguments("is_deaf", "--timeout", "25"))
    assert 1 <= len(pytimer.load(out).samples) <= 11


def test_a_model_that_raises_is_said_once_with_all_samples_kept(command):
    arguments, out = command
    line = failed(arguments("raises", "--timeout", "120"))
    said = re.search(r"raised in repetition (\d+) of 30", line)
    assert len(pytimer.load(out).samples) == int(said[1]) - 1 > 1


def test_what_the_model_started_ends_with_it_and_its_environment_is_as_ours(
    command, tmp_path, monkeypatch
):
    arguments, out = command
    monkeypatch.setenv("SLEEPER", str(tmp_path / "pid"))
    done = carried_out(arguments("leaves_a_sleeper", "--timeout", "120"))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(pytimer.load(out).samples) == 30
    assert is_gone((tmp_path / "pid").read_text())
    done = carried_out(arguments("tells_environment", "--timeout", "120"))
    ours = sorted(name for name in os.environ if name.startswith("PYTIMER"))
    assert done.stdout.splitlines()[0] == str(ours)


@pytest.mark.parametrize("options", [(), ("--timeout", "120")])
def test_the_copy_that_a_fork_makes_says_nothing(command, options):
    arguments, out = command
    done = carried_out(arguments("forks", *options))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall("median", done.stdout)) == 1
    assert len(pytimer.load(out).samples) == 30


def test_a_signal_for_the_command_reaches_its_process(command):
    arguments, out = command
    begun = subprocess.Popen(
        arguments("hangs", "--timeout", "120", "-v"), stderr=subprocess.PIPE, text=True
    )
    for line in begun.stderr:  # until the repetitions have begun
        if line.startswith("latency"):
            break
    begun.send_signal(signal.SIGTERM)
    _, rest = begun.communicate(timeout=300)
    assert begun.returncode == 128 + signal.SIGTERM
    assert rest.strip().splitlines()[-1].startswith("pytimer: ended by SIGTERM")
    assert 1 <= len(pytimer.load(out).samples) <= 11


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(command, seconds):
    arguments, _ = command
    line = failed(arguments("exits", "--timeout", seconds))
    assert "--timeout must be a positive number of seconds" in line


@pytest.mark.parametrize("options", [(), ("--timeout", "120")])
def test_it_ends_with_the_code_of_its_signal_wherever_that_was_heard(command, options):
    """Python itself would end by SIGINT."""
    arguments, _ = command
    done = carried_out(arguments("ends_in_a_text_that_c_runs", *options))
    assert (done.returncode, one_line(done.stderr)) == (143, "pytimer: ended by SIGTERM")


def test_a_time_that_is_over_when_the_command_has_ended_changes_nothing(command):
    """Python no longer hears signals then, and this one would kill it."""
    arguments, out = command
    done = carried_out(arguments("rings_at_the_end", "--timeout", "120"))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(pytimer.load(out).samples) == 30
