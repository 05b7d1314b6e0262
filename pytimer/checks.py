"""Reasons for doubt that samples and environment show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pytimer.caveats import Caveat
from pytimer.environment import Environment
from pytimer.samples import Samples

DRAIN_FLOOR_S = 20e-6
DRAIN_SHARE = 0.05


def caveats_of(samples: Samples, environment: Environment) -> tuple[Caveat, ...]:
    """The caveats of samples taken in that environment, the weightiest first."""
    return (*_of_samples(samples), *_of_environment(environment))


def _of_samples(samples: Samples) -> Iterator[Caveat]:
    if len(samples) == 1:
        yield Caveat(
            "single-sample",
            "one sample says nothing about how much the latency varies",
            "measure at least 100 repetitions (the default is 300)",
        )
    if samples.drain_s is not None and samples.host_s is not None:
        drain = float(np.median(samples.drain_s))
        if drain > max(DRAIN_FLOOR_S, DRAIN_SHARE * float(np.median(samples.host_s))):
            yield Caveat(
                "work-on-another-stream",
                f"the device went on for {drain * 1e6:.4g} µs (median) after the stream that is "
                "timed was done: the model uses another stream, whose work is not in device time",
                "make the stream of the call wait for the others before the call returns",
            )


def _of_environment(environment: Environment) -> Iterator[Caveat]:
    on_cuda = environment.device.cuda_runtime_version is not None
    if on_cuda and environment.variables.get("CUDA_LAUNCH_BLOCKING", "0") != "0":
        yield Caveat(
            "launch-blocking",
            "CUDA_LAUNCH_BLOCKING is set: every launch waits for its kernel",
            "unset CUDA_LAUNCH_BLOCKING",
        )
    if environment.host.governor in ("powersave", "conservative", "ondemand"):
        yield Caveat(
            "cpu-governor",
            f"the CPU frequency governor is {environment.host.governor}: the clock moves",
            "choose the governor performance while measuring (cpupower frequency-set -g)",
        )
