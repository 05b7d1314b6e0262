"""Which devices are found, what they are asked, and what they refuse. Run by
test_in_own_process.py."""

from types import SimpleNamespace

import pytest
import torch

import pytimer
from pytimer.devices import AcceleratorDevice, CudaDevice, accelerator, resolve_device

US = 1000


def test_a_device_is_found_by_its_name(simulation):
    assert resolve_device(simulation.name).name == f"{simulation.name}:0"
    assert resolve_device(f"{simulation.name}:1").name == f"{simulation.name}:1"
    device = resolve_device(torch.device(simulation.name, 1))
    with device.as_current():
        assert resolve_device(simulation.name).index == 1
    assert simulation.current_device() == 0
    assert simulation.live_events() == 0


@pytest.mark.parametrize("index", [0, 1])
def test_a_device_by_name_is_measured(simulation, index):
    result = pytimer.measure_latency(
        lambda: simulation.launch(30 * US), (), device=f"{simulation.name}:{index}", repetitions=5
    )
    assert result.latency_s == pytest.approx([30e-6] * 5, rel=1e-12)
    assert (result.samples.host_s > 0).all()  # by the real clock


def test_a_device_that_is_not_there_is_refused(simulation):
    name = simulation.name
    with pytest.raises(pytimer.DeviceUnavailableError, match=f"use {name}:0 to {name}:1"):
        resolve_device(f"{name}:2")
    with pytest.raises(pytimer.DeviceUnavailableError, match=r"this torch .* has no xpu devices"):
        resolve_device("xpu")
    with pytest.raises(pytimer.DeviceUnavailableError, match="expected a device such as"):
        resolve_device("gpu:1")


def test_a_device_without_timing_events_is_refused_with_torchs_reason(simulation):
    simulation.fail_call("elapsedTime", 1)
    with pytest.raises(pytimer.DeviceUnavailableError, match=r"no timestamps.*fault in elapsedT"):
        resolve_device(simulation.name)
    with pytest.raises(pytimer.DeviceUnavailableError, match="backend doesn't support events"):
        resolve_device("meta")
    assert simulation.live_events() == 0


def test_cuda_goes_through_the_cuda_runtime_unless_torch_is_built_for_rocm(simulation, monkeypatch):
    made = []
    for kind in (AcceleratorDevice, CudaDevice):
        monkeypatch.setattr(kind, "__init__", lambda self, *a: made.append((type(self), *a)))
    resolve_device("cuda:1")
    monkeypatch.setattr(torch.version, "hip", "6.4")
    resolve_device("cuda:1")
    assert made == [(CudaDevice, 1), (AcceleratorDevice, torch.device("cuda:1"))]


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({"mode": "queued"}, "mode queued needs a CUDA device, got NAME; use mode isolated"),
        ({"mode": "graph"}, "call graph .* needs a CUDA device, got NAME; use mode isolated"),
        ({"cache": "cold"}, "size of the last-level cache, which torch does not tell of NAME"),
    ],
)
def test_what_only_cuda_has_is_refused_by_name(simulation, device, plan, reason):
    with pytest.raises(
        pytimer.DeviceUnavailableError, match=reason.replace("NAME", f"{simulation.name}:0")
    ):
        pytimer.measure_latency(lambda: simulation.launch(US), (), device=device, **plan)


def test_copies_selftest_and_memory_limit_are_refused_by_name(simulation, device):
    name = f"{simulation.name}:0"
    inputs = {"device": device, "batch_size": 1}
    with pytest.raises(pytimer.DeviceUnavailableError, match=f"host_to_device .* got {name}"):
        pytimer.measure_throughput(len, torch.ones(1), host_to_device=True, **inputs)
    with pytest.raises(pytimer.DeviceUnavailableError, match=f"known length .* got {name}"):
        pytimer.selftest(device)
    with pytest.raises(pytimer.DeviceUnavailableError, match=f"cannot set one on {name}"):
        pytimer.find_batch_size(
            len, torch.ones(1), device=device, memory_limit_bytes=2**20, max_batch_size=2
        )


def test_threads_are_refused_where_the_device_makes_no_streams(simulation, device):
    simulation.fail_call("getNewStream", 1)
    with pytest.raises(pytimer.DeviceUnavailableError, match=r"makes none .*; use concurrency 1"):
        pytimer.measure_throughput(
            lambda x: simulation.launch(US),
            torch.ones(1),
            device=device,
            batch_size=1,
            batches=4,
            concurrency=2,
        )


def test_all_modes_are_those_it_has_and_the_others_say_why(simulation, device):
    modes = pytimer.measure_modes(lambda: simulation.launch(9 * US), (), device=device)
    assert [result.plan.mode for result in modes.results] == ["isolated", "pipelined"]
    assert modes["isolated"].median_s == pytest.approx(9e-6, rel=1e-12)
    assert [missing.mode for missing in modes.missing] == ["queued", "graph"]


class Module(SimpleNamespace):
    """What a vendor's module may tell, as torch.xpu does."""

    def __init__(self):
        super().__init__(fraction=1.0, fractions=[], peaks_reset=0)

    def get_device_properties(self, index):
        return SimpleNamespace(
            name=f"Model {index}", total_memory=1000, driver_version="1.2", last_level_cache_size=64
        )

    def mem_get_info(self, index):
        return 700, 1000

    def memory_allocated(self, index):
        return 100

    def memory_reserved(self, index):
        return 200

    def max_memory_allocated(self, index):
        return 450

    def max_memory_reserved(self, index):
        raise RuntimeError("not on this device")

    def reset_peak_memory_stats(self, index):
        self.peaks_reset += 1

    def empty_cache(self):
        pass

    def get_per_process_memory_fraction(self, index):
        return self.fraction

    def set_per_process_memory_fraction(self, fraction, index):
        self.fraction = fraction
        self.fractions.append(fraction)


@pytest.fixture
def module(simulation, monkeypatch):
    module = Module()
    monkeypatch.setattr(torch, simulation.name, module, raising=False)
    return module


def test_facts_and_memory_come_from_torchs_module_for_the_device(simulation, module):
    device = simulation.device(1)
    facts = device.facts()
    assert (facts.model, facts.total_memory_bytes, facts.driver_version) == ("Model 1", 1000, "1.2")
    budget = device.memory_budget(None)
    with budget.guard():
        pass
    assert budget.capacity_bytes == 700
    assert budget.peak_bytes() == 350
    peak = budget.peak()
    assert (peak.allocated_bytes, peak.reserved_bytes, peak.device_bytes) == (450, None, 300)
    assert (module.peaks_reset, module.fractions) == (1, [])


def test_a_memory_limit_is_set_inside_the_guard_only(simulation, module):
    budget = simulation.device().memory_budget(300)
    with budget.guard():
        assert module.fraction == 0.5  # 200 reserved before, and 300, of 1000
    assert module.fraction == 1.0
    assert budget.capacity_bytes == 300


def test_a_device_without_a_module_tells_nothing(simulation, monkeypatch):
    monkeypatch.delattr(torch, simulation.name, raising=False)
    device = simulation.device()
    assert device.facts().model is None
    budget = device.memory_budget(None)
    with budget.guard():
        pass
    assert budget.capacity_bytes is budget.peak_bytes() is budget.peak().allocated_bytes is None


def test_the_flush_reads_twice_the_cache_and_is_waited_for(simulation, module, monkeypatch):
    read = []

    def reader(name, size_bytes):
        def flush():
            read.append((name, size_bytes))
            simulation.launch(30 * US)

        return flush

    monkeypatch.setattr(accelerator, "cache_reader", reader)
    device = simulation.device()
    result = pytimer.measure_latency(
        lambda: simulation.launch(9 * US), (), device=device, cache="cold", repetitions=3, warm_up=0
    )
    assert result.latency_s == pytest.approx([9e-6] * 3, rel=1e-12)  # no flush inside
    assert result.samples.host_s == pytest.approx([9e-6] * 3, rel=1e-12)  # nor waited for inside
    assert read[0] == (device.name, 128)


def test_the_report_names_the_device(simulation, module, capsys):
    from rich.console import Console

    from pytimer.report import show

    result = pytimer.measure_latency(
        lambda: simulation.launch(US), (), device=simulation.device(), repetitions=3
    )
    show(result, Console(width=80))
    assert "device    Model 0, " in capsys.readouterr().out
