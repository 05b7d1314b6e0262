"""The self-test on virtual time, where every reading is exact, and where it must fail."""

import pytest

import pytimer
from pytimer.self_test import LENGTHS_S


def test_known_lengths_are_read_in_every_mode(simulation, device, tmp_path):
    simulation.set_launch_cost(4_000)
    result = pytimer.selftest(device)
    assert result.passed
    modes = ["isolated", "queued", "pipelined", "graph"]
    assert [reading.mode for reading in result.readings[::5]] == modes
    for mode, extra in (("isolated", 4e-6), ("queued", 0.0), ("graph", 0.0)):
        readings = [reading for reading in result.readings if reading.mode == mode]
        for reading, length_s in zip(readings, LENGTHS_S, strict=True):
            assert reading.known_s == pytest.approx(length_s)
            assert reading.measured_s == pytest.approx(length_s + extra, rel=1e-6)
    for line in result.lines:
        assert line.slope == pytest.approx(1, abs=1e-3)
    assert result.control.measured_s == pytest.approx(4e-6)
    assert result.control.passed
    pytimer.save(result, tmp_path / "selftest.json")
    assert pytimer.load(tmp_path / "selftest.json") == result


def test_the_floor_is_taken_off(simulation, device):
    simulation.set_record_cost(3_000)
    result = pytimer.selftest(device)
    isolated = next(reading for reading in result.readings if reading.mode == "isolated")
    # The stop event is recorded, at 3 µs, while the work runs: nothing is added to it.
    assert isolated.measured_s == pytest.approx(isolated.known_s, rel=1e-6)
    assert {"isolated", "queued"} <= {floor.name for floor in result.floors}


def test_events_on_another_stream_than_the_work_fail(simulation, device, monkeypatch):
    stream = simulation.create_stream()

    class Elsewhere:
        def __init__(self, work):
            self._work = work
            self.native_call, self.lengths_s = work.native_call, work.lengths_s

        def call(self):
            device.stream = stream
            self._work.call()
            device.stream = None

    known_work = device.known_work
    monkeypatch.setattr(device, "known_work", lambda *a: Elsewhere(known_work(*a)))
    result = pytimer.selftest(device)
    assert not result.passed
    assert not any(reading.passed for reading in result.readings if reading.mode == "queued")


def test_a_scale_error_of_one_percent_fails(simulation, device, monkeypatch):
    class Lying:
        def __init__(self, work):
            self._work = work
            self.native_call, self.call = work.native_call, work.call

        def lengths_s(self):
            return self._work.lengths_s() * 1.01

    known_work = device.known_work
    monkeypatch.setattr(device, "known_work", lambda *a: Lying(known_work(*a)))
    result = pytimer.selftest(device)
    assert not any(line.passed for line in result.lines)


class Shifted:
    """Work that says it is shorter than it is."""

    def __init__(self, work, by_s):
        self._work, self._by_s = work, by_s
        self.native_call, self.call = work.native_call, work.call

    def lengths_s(self):
        lengths_s = self._work.lengths_s()
        return lengths_s - self._by_s * (lengths_s > self._by_s)


MOST_US = {"isolated": 20, "queued": 3, "pipelined": 8, "graph": 3}


@pytest.mark.parametrize("mode", MOST_US)
@pytest.mark.parametrize("beyond_us", [-1, 1])
def test_what_a_device_may_add_has_a_bound(simulation, device, monkeypatch, mode, beyond_us):
    by_s = (MOST_US[mode] + beyond_us) / 1e6
    known_work = device.known_work
    monkeypatch.setattr(device, "known_work", lambda *a: Shifted(known_work(*a), by_s))
    readings = {one.mode: one for one in pytimer.selftest(device).readings if of_100_us(one)}
    assert readings[mode].passed == (beyond_us < 0)


def of_100_us(reading):
    """0.5 % of its length are allowed besides; of longer work that is more than what is tried."""
    return 50e-6 < reading.known_s < 500e-6


@pytest.mark.parametrize(("launch_us", "passes"), [(30, True), (90, True), (150, False)])
def test_an_isolated_call_may_wait_for_its_launch_but_not_for_ever(
    simulation, device, launch_us, passes
):
    simulation.set_launch_cost(launch_us * 1000)
    readings = [one for one in pytimer.selftest(device).readings if one.mode == "isolated"]
    assert [one.passed for one in readings if one.known_s < 1e-3] == [passes] * 3


def test_a_device_that_waits_in_the_launch_fails_the_control_arm(simulation, device, monkeypatch):
    class Blocking:
        def __init__(self, work):
            self._work = work
            self.native_call, self.lengths_s = work.native_call, work.lengths_s

        def call(self):
            self._work.call()
            simulation.synchronize_stream()

    known_work = device.known_work
    monkeypatch.setattr(device, "known_work", lambda *a: Blocking(known_work(*a)))
    assert not pytimer.selftest(device).control.passed
