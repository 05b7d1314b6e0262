"""The loops beside each other on virtual time: the harness is what the runtime calls cost."""

import numpy as np
import pytest

import pytimer

US = 1000


def test_harness_and_empty_region_are_exact(simulation, device):
    """Of each repetition two records of 1 µs; the events' first use adds two to a round's first."""
    simulation.set_record_cost(1 * US)
    simulation.set_launch_cost(4 * US)
    result = pytimer.compare_loops(lambda: simulation.launch(50 * US), (), device=device, rounds=6)
    for loop in result.loops.values():
        repetitions = 2 / (loop.harness_s * 1e6 - 2)
        assert loop.harness_s == pytest.approx([2e-6] * 6, rel=0.01)
        assert repetitions == pytest.approx(np.round(repetitions), rel=1e-3)
        assert loop.empty_host_s == pytest.approx([2e-6] * 6)
        assert loop.empty_device_s == pytest.approx([1e-6] * 6, rel=1e-6)
        assert loop.latency_s == pytest.approx([54e-6 + 1e-6 - 1e-6] * 6, rel=1e-6)
    assert result.verdict == "does not matter"


def test_without_a_model_the_device_is_read_too(simulation, device):
    simulation.set_record_cost(2 * US)
    result = pytimer.compare_loops(device=device, rounds=6)
    assert result.native.empty_device_s == pytest.approx([2e-6] * 6, rel=1e-6)
    assert result.subject.device == "simulated:0"
    assert simulation.live_events() == 0
