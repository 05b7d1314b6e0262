"""The audit of a call on an accelerator. Run by test_in_own_process.py."""

from types import SimpleNamespace

import pytest
import torch

import pytimer

US = 1000


def names(seen):
    return [caveat.name for caveat in seen.caveats]


def test_work_on_another_stream_is_seen(simulation, device):
    other = simulation.create_stream()

    def call():
        simulation.launch(100 * US)
        simulation.launch(400 * US, other)

    seen = pytimer.audit(call, device=device)
    assert (seen.device_s, seen.drain_s) == (pytest.approx(100e-6), pytest.approx(300e-6))
    assert names(seen) == ["work-on-another-stream"]
    assert names(pytimer.audit(lambda: simulation.launch(500 * US), device=device)) == []
    assert simulation.live_events() == 0


class Counters(SimpleNamespace):
    """An allocator's counters, as torch.xpu has them."""

    def memory_stats(self, index):
        return {"num_device_alloc": self.asked, "num_alloc_retries": self.retried}


def test_allocations_are_told_by_the_counters_of_torchs_module(simulation, device, monkeypatch):
    counters = Counters(asked=5, retried=1)
    monkeypatch.setattr(torch, simulation.name, counters, raising=False)
    device = simulation.device()

    def call():
        counters.asked += 2
        counters.retried += 1

    seen = pytimer.audit(call, device=device)
    assert (seen.driver_allocations, names(seen)) == (3, ["allocates-inside"])
    seen = pytimer.audit(int, device=device)
    assert (seen.driver_allocations, names(seen)) == (0, [])


def test_a_module_without_counters_tells_nothing(simulation, device):
    seen = pytimer.audit(int, device=device)
    assert (seen.driver_allocations, seen.device_waits, seen.synchronises) == (None, None, False)
