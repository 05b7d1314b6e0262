"""How long one call takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from pytimer import measure, statistics
from pytimer.caveats import Caveat
from pytimer.checks import caveats_of
from pytimer.devices import Device
from pytimer.environment import Environment, capture
from pytimer.plan import LatencyPlan, Loop, Mode, choose
from pytimer.progress import OnProgress
from pytimer.samples import FloatArray, Samples
from pytimer.workload import Model, Subject, prepared


@dataclass(frozen=True, slots=True)
class LatencyResult:
    """The latency of a model: raw samples and all that is needed to judge them.

    The statistics are of `latency_s`, over all raw samples: device time on an asynchronous device,
    host time on the host. A statistic that is undefined is None.

    Attributes:
        samples: one entry per repetition.
        warm_up: the calls before the first sample, measured alike, in no statistic.
    """

    subject: Subject
    plan: LatencyPlan
    samples: Samples
    warm_up: Samples
    environment: Environment
    caveats: tuple[Caveat, ...]

    @property
    def latency_s(self) -> FloatArray:
        """The headline samples, seconds, shape (repetitions,)."""
        return self.samples.latency_s

    @property
    def mean_s(self) -> float | None:
        return statistics.mean(self.latency_s)

    @property
    def std_s(self) -> float | None:
        """Standard deviation with ddof = 0, as in the article; None for fewer than 2 samples."""
        return statistics.std(self.latency_s)

    @property
    def median_s(self) -> float | None:
        return self.percentile_s(0.5)

    @property
    def min_s(self) -> float | None:
        return self.percentile_s(0.0)

    @property
    def max_s(self) -> float | None:
        return self.percentile_s(1.0)

    def percentile_s(self, p: float) -> float | None:
        """The percentile at the fraction `p`; None where n < 1 / (1 - p). See statistics."""
        return statistics.percentile(self.latency_s, p)

    @property
    def warm_up_s(self) -> FloatArray:
        """Headline times of the warm-up calls, seconds, shape (warm_up,)."""
        return self.warm_up.latency_s

    @property
    def first_call_s(self) -> float | None:
        """Host time of the first call of all; None without warm-up."""
        host_s = self.warm_up.host_s
        return None if host_s is None else float(host_s[0])


def measure_latency(
    model: Model,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    mode: str = Mode.ISOLATED,
    loop: str = Loop.NATIVE,
    warm_up: int = 10,
    repetitions: int = 300,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> LatencyResult:
    """Measures how long one call of `model` takes.

    The model is called in eval mode and inference mode, with its inputs on the device already.

    Args:
        model: any callable. A `torch.nn.Module` is put into eval mode and back. A TorchScript
            module whose inputs are tensors is called without Python.
        inputs: a tensor, a tuple of arguments (`()` means none), a dict of keywords, or any other
            value, passed as the one argument. Tensors in it are moved to the device first.
        device: such as "cpu" or "cuda:1"; None: where the model's parameters or the inputs are.
        mode: "isolated": each call begins on an idle device and is waited for.
        loop: "native" (C++) or "python" (the article's loop).
        warm_up: calls before the first sample.
        repetitions: samples.
        name: of the model in the report; None: its class or function.
        on_progress: called between chunks of calls, never inside a timed region.

    Raises:
        PlanError: an argument that cannot be carried out.
        DeviceUnavailableError: no such device, or the model is on another one.
        CallError: the model raised; `samples` has what was measured before.
        CudaError: the CUDA runtime failed; likewise.
        Interrupted: Ctrl-C (a KeyboardInterrupt); likewise.

    Source:
        "The Correct Way to Measure Inference Time of Deep Neural Networks".
    """
    plan = LatencyPlan(choose(Mode, "mode", mode), choose(Loop, "loop", loop), warm_up, repetitions)
    with prepared(model, inputs, device, name) as workload:
        environment = capture(workload.device)
        series = measure.isolated(workload, plan, on_progress)
        return LatencyResult(
            subject=workload.subject,
            plan=plan,
            samples=series.samples,
            warm_up=series.warm_up,
            environment=environment,
            caveats=caveats_of(series.samples, environment),
        )
