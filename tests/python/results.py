"""Results with fixed numbers, for tests of what is done with results."""

import numpy as np

from pytimer import (
    BatchSizePlan,
    BatchSizeResult,
    Caveat,
    Environment,
    LatencyPlan,
    LatencyResult,
    Probe,
    RunResult,
    Samples,
    ThroughputPlan,
    ThroughputResult,
)
from pytimer.devices import DeviceFacts
from pytimer.environment import HostFacts, TorchFacts
from pytimer.failures import Failure
from pytimer.workload import Subject

HOST = HostFacts("Linux-6.1", "Example CPU", 4, 2, "performance", 16 * 2**30)
TORCH = TorchFacts("2.13.0", "13.0", 91300, 2, 2, "highest", False, True, False, False, False)
CPU = DeviceFacts("cpu", "Example CPU", 16 * 2**30)
CUDA = DeviceFacts("cuda:0", "Example GPU", 80 * 2**30, "9.0", "13.0", "13.1", "580.1", True)
BLOCKING = Caveat("launch-blocking", "every launch [waits]", "unset CUDA_LAUNCH_BLOCKING")


def environment(device):
    return Environment("0.1.0", "3.11.7", HOST, TORCH, device, {"OMP_NUM_THREADS": "2"})


def subject(device, batch_size=1):
    return Subject("example-net", (f"{batch_size}×3×224×224 float32",), 1, device.name, "eager")


def host_samples(count):
    return Samples("host", {"host_s": np.linspace(0.04, 0.06, count)}, (0, 100)[: count // 100])


def device_samples(count):
    device_s = np.linspace(0.004, 0.006, count)
    columns = {
        "host_s": device_s + 1e-5,
        "enqueue_s": device_s / 4,
        "device_s": device_s,
        "drain_s": np.full(count, 5e-6),
    }
    return Samples("device", columns)


def latency(device=CPU, count=300):
    samples = host_samples if device is CPU else device_samples
    return LatencyResult(
        subject(device),
        LatencyPlan(repetitions=count),
        samples(count),
        samples(10),
        None,
        None,
        4e-8,
        None,
        None,
        environment(device),
        () if device is CPU else (BLOCKING,),
    )


def batch_size(device=CPU):
    probes = (
        Probe(1, None, "", 0.05, 20 * 2**20),
        Probe(2, None, "", 0.08, 40 * 2**20),
        Probe(4, Failure.MEMORY, "RuntimeError: can't allocate memory", None, 70 * 2**20),
        Probe(3, None, "", 0.1, None),
    )
    limit = 64 * 2**20
    return BatchSizeResult(
        subject(device), BatchSizePlan(), 3, "memory", limit, probes, environment(device), ()
    )


def throughput(device=CPU, search=None):
    samples = host_samples(100) if device is CPU else device_samples(100)
    return ThroughputResult(
        subject(device, 3),
        ThroughputPlan(batch_size=3),
        3,
        5.5,
        samples,
        samples,
        search,
        environment(device),
        (),
    )


def run(device=CPU):
    return RunResult(latency(device), batch_size(device), throughput(device))
