import numpy as np
import pytest

from pytimer import Samples, codec


def test_on_the_host_clock_the_three_times_are_one_array():
    samples = Samples("host", {"host_s": np.array([1.0, 2.0])})
    assert samples.device_s is samples.host_s
    assert samples.enqueue_s is samples.host_s
    assert samples.latency_s is samples.host_s
    assert samples.drain_s is None


def test_on_a_device_the_headline_is_device_time():
    columns = {"host_s": np.array([3.0]), "enqueue_s": np.array([1.0]), "device_s": np.array([2.0])}
    samples = Samples("device", columns)
    assert samples.latency_s is samples.device_s
    assert samples.host_s is not None
    assert samples.host_s[0] == 3.0


def test_columns_are_read_only():
    samples = Samples("host", {"host_s": np.array([1.0])})
    with pytest.raises(ValueError, match="read-only"):
        samples.host_s[0] = 2.0
    with pytest.raises(TypeError):
        samples.columns["host_s"] = np.array([2.0])


def test_columns_of_different_length_or_unknown_name_are_refused():
    with pytest.raises(ValueError, match="one length"):
        Samples("device", {"host_s": np.zeros(2), "device_s": np.zeros(1)})
    with pytest.raises(ValueError, match="speed_s"):
        Samples("host", {"speed_s": np.zeros(1)})


def test_no_samples_have_length_zero_and_an_empty_headline():
    assert len(Samples("host", {})) == 0
    assert len(Samples("device", {}).latency_s) == 0


def test_equality_compares_the_numbers():
    def make(value, clock="host", starts=()):
        return Samples(clock, {"host_s": np.array([1.0, value])}, starts)

    assert make(2.0) == make(2.0)
    assert make(2.0) != make(3.0)
    assert make(2.0) != make(2.0, starts=(1,))
    assert make(2.0) != make(2.0, clock="device")


def test_they_come_back_from_their_encoding():
    """Under every numpy, whatever it calls an array of floats."""
    columns = {"host_s": np.array([3.0, 4.0]), "device_s": np.array([2.0, 2.5])}
    variances = {"host_s": np.array([0.5, 0.25]), "device_s": np.array([0.5, 0.25])}
    for samples in (
        Samples("device", columns, marks=np.array([1, 2], dtype=np.uint8)),
        Samples("device", columns, block=20, variances=variances),
    ):
        assert codec.decode(Samples, codec.encode(samples)) == samples
