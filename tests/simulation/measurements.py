"""Every measurement of pytimer on the simulated runtime, small, for whoever makes its calls fail.

Each is a function of the simulation and a device on it. The model launches one kernel.
"""

from __future__ import annotations

import pytest
import torch

import pytimer
from pytimer import chunks, floor, measure, overhead, self_test
from pytimer.serving import measuring

US = 1000
WARM_UP = 3
CALLS = 4


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer calls where the user cannot ask for fewer; as many whatever the host's clock reads."""
    monkeypatch.setattr(floor, "REPETITIONS", 3)
    monkeypatch.setattr(overhead, "EMPTY_REPETITIONS", 5)
    monkeypatch.setattr(measuring, "ISOLATED_CALLS", 3)
    monkeypatch.setattr(self_test, "LENGTHS_S", (5e-6, 20e-6))
    monkeypatch.setattr(self_test, "_WARM_UP", 2)
    monkeypatch.setattr(self_test, "_REPETITIONS", CALLS)
    monkeypatch.setattr(chunks, "CHUNK_S", float("inf"))
    monkeypatch.setattr(measure, "REWARM_S", 0.0)


def kernel(simulation, device, microseconds=20, made=None, name=""):
    def model(*inputs):
        if made is not None:
            made.append(name)
        simulation.launch(microseconds * US, device.stream)

    return model


def latency(**options):
    options = {"warm_up": WARM_UP, "repetitions": CALLS} | options

    def measure(simulation, device):
        model = kernel(simulation, device)
        return pytimer.measure_latency(model, (), device=device, **options)

    return measure


def with_pauses(simulation, device):
    """Each call is a chunk, and progress is told after each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK_S", 0.0)
        return latency(on_progress=lambda _: None)(simulation, device)


def throughput(**options):
    options = {"batch_size": 2, "batches": CALLS, "warm_up": WARM_UP} | options

    def measure(simulation, device):
        model, inputs = kernel(simulation, device), torch.ones(2)
        return pytimer.measure_throughput(model, inputs, device=device, **options)

    return measure


def with_energy(simulation, device):
    device.watts = 100
    return throughput()(simulation, device)


def pairs(simulation, device, made=None):
    a, b = (kernel(simulation, device, us, made, us) for us in (20, 30))
    return pytimer.ab(a, b, (), device=device, pairs=CALLS, warm_up=WARM_UP)


def search(simulation, device):
    model = kernel(simulation, device)
    return pytimer.find_batch_size(model, torch.ones(1), device=device, max_batch_size=4)


def sweep(simulation, device):
    model = kernel(simulation, device)
    options = {"batch_sizes": (1, 2), "rounds": 2, "repetitions": 2, "batches": 2, "warm_up": 1}
    return pytimer.sweep(model, torch.ones(1), device=device, **options)


def modes(simulation, device):
    model = kernel(simulation, device)
    return pytimer.measure_modes(model, (), device=device, warm_up=1, repetitions=2)


def load(simulation, device):
    options = {"rates": [10_000], "seconds": 0.0011, "arrivals": "uniform", "warm_up": WARM_UP}
    return pytimer.measure_load(kernel(simulation, device), (), device=device, **options)


def loops(simulation, device):
    return pytimer.compare_loops(kernel(simulation, device), (), device=device, rounds=6)


def audit(simulation, device):
    return pytimer.audit(kernel(simulation, device), device=device)


def known_lengths(_, device):
    return pytimer.selftest(device)


MEASUREMENTS = {
    "isolated": latency(),
    "isolated in the Python loop": latency(loop="python"),
    "queued": latency(mode="queued"),
    "pipelined": latency(mode="pipelined"),
    "pipelined in the Python loop": latency(mode="pipelined", loop="python"),
    "graph": latency(mode="graph"),
    "cold": latency(cache="cold"),
    "queued and cold": latency(cache="cold", mode="queued"),
    "with pauses": with_pauses,
    "throughput": throughput(),
    "two threads": throughput(concurrency=2),
    "copied in": throughput(host_to_device=True),
    "energy": with_energy,
    "ab": pairs,
    "search": search,
    "sweep": sweep,
    "modes": modes,
    "load": load,
    "overhead": loops,
    "audit": audit,
    "self-test": known_lengths,
}
