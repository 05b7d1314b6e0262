import dataclasses

from click.testing import CliRunner

import pytimer
from pytimer.cli import main
from pytimer.devices import HostDevice


def test_the_host_reads_known_lengths_and_says_so():
    result = pytimer.selftest("cpu")
    assert result.control is None
    assert {line.mode for line in result.lines} == {"isolated", "pipelined"}
    assert {reading.mode for reading in result.readings} == {"isolated", "pipelined"}
    for reading in result.readings:
        # The loop's stamps lie outside the work's own, so it never reads less.
        assert reading.error_s >= 0
    assert 0 < next(f.seconds for f in result.floors if f.name == "isolated") < 1e-5
    for line in result.lines:
        assert abs(line.slope - 1) < 0.05


def test_the_command_ends_with_1_when_a_reading_is_wrong(monkeypatch, tmp_path):
    passed = pytimer.selftest("cpu")
    wrong = dataclasses.replace(passed.readings[0], passed=False)
    failed = dataclasses.replace(passed, readings=(wrong, *passed.readings[1:]))
    path = tmp_path / "selftest.json"
    monkeypatch.setattr(pytimer, "selftest", lambda device: failed)
    result = CliRunner().invoke(main, ["selftest", "--device", "cpu", "--json", str(path)])
    assert result.exit_code == 1
    assert "FAILED" in result.stdout
    assert pytimer.load(path) == failed


def test_known_work_can_be_called_from_python_too():
    work = HostDevice().known_work(2e-3, 3)
    result = pytimer.measure_latency(
        work.call, (), warm_up=0, repetitions=3, loop="python", audit=False, flop=False
    )
    assert (result.latency_s >= work.lengths_s()).all()
    assert (work.lengths_s() >= 2e-3).all()
