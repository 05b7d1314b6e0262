"""How long one call takes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pytimer import measure, require, statistics
from pytimer.call_audit import CallAudit, audited
from pytimer.caveats import Caveat
from pytimer.checks import Evidence, caveats_of
from pytimer.devices import Device
from pytimer.ending import ENDED_BEFORE, ProcessEndedError, incomplete
from pytimer.environment import Environment, capture
from pytimer.equivalence import Equivalence
from pytimer.errors import OF_OTHERS, Interrupted, PyTimerError
from pytimer.floor import cold_over_warm, floor_s
from pytimer.flop import work_of
from pytimer.keeping import samples_taken
from pytimer.model_setup import Setup
from pytimer.plan import Cache, Call, Extras, LatencyPlan, Loop, Mode
from pytimer.progress import OnProgress, knowing
from pytimer.samples import FloatArray, Samples
from pytimer.series import Series
from pytimer.statistics import Interval, Summary
from pytimer.stopping import Judgement
from pytimer.work import NotAvailable, Work
from pytimer.workload import ModelOrPath, Subject, Workload, prepared

if TYPE_CHECKING:
    from torch.utils.benchmark import Measurement


@dataclass(frozen=True, slots=True)
class LatencyResult:
    """The latency of a model: raw samples and all that is needed to judge them.

    Mean, standard deviation, minimum and maximum are of `latency_s`, all raw samples: device time
    on an asynchronous device, host time on the host. So are median and percentiles, unless a
    precision was asked for: then they are of `kept_s`. A statistic that is undefined is None.

    Where `samples` are means of blocks of calls (`max_samples`), mean and standard deviation are
    those of the single calls all the same; median, percentiles, minimum and maximum of single calls
    are not known, and None.

    Attributes:
        samples: one entry per repetition.
        warm_up: the calls before the first sample, isolated, in no statistic.
        compile_s: host time of the calls in which torch.compile worked, before the warm-up; None
            where the setup does not ask for it.
        window_s: the one wall window of pipelined calls, seconds; None in other modes, and where it
            was broken off.
        spin_s: the spin that each queued call was put behind; None in other modes.
        floor_s: what the same loop reads for no work at all, median; None if not measured.
        judgement: whether the precision asked for was reached, and how many samples at the front
            are warm-up; None where none was asked for.
        cold_over_warm: how much longer a read of a quarter of the last-level cache took after the
            flush; None with a warm cache.
        equivalence: whether a compiled model computes what its reference does; None where there
            was none.
        work: FLOP of one call, the peak of the device, energy; None in a file of a C++ harness.
    """

    subject: Subject
    plan: LatencyPlan
    samples: Samples
    warm_up: Samples
    compile_s: float | None
    window_s: float | None
    spin_s: float | None
    floor_s: float | None
    cold_over_warm: float | None
    judgement: Judgement | None
    equivalence: Equivalence | None
    work: Work | None
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        require.not_negative(window_s=self.window_s)
        require.of_one_length(samples=self.latency_s)
        if self.judgement is not None and not 0 <= self.judgement.cut < len(self.samples):
            raise ValueError(
                f"judgement.cut must leave some of the {len(self.samples)} samples, got "
                f"{self.judgement.cut}"
            )

    @property
    def latency_s(self) -> FloatArray:
        """The headline samples, seconds, shape (repetitions,); or the means of blocks."""
        return self.samples.latency_s

    @property
    def _headline(self) -> str:
        return "device_s" if self.samples.clock == "device" else "host_s"

    @property
    def kept_s(self) -> FloatArray:
        """The headline samples behind the warm-up that was found; all where none was looked for."""
        return self.latency_s[self.judgement.cut if self.judgement else 0 :]

    @property
    def converged(self) -> bool | None:
        """Whether the precision asked for was reached; None where none was."""
        return None if self.judgement is None else self.judgement.converged

    @property
    def mean_s(self) -> float | None:
        return self.mean_of(self._headline)

    @property
    def std_s(self) -> float | None:
        """Standard deviation with ddof = 0, as in the article; None for fewer than 2 samples."""
        return self.std_of(self._headline)

    def mean_of(self, column: str) -> float | None:
        """Mean of all calls in a column of the samples, such as "host_s"; None for none."""
        x = self.samples.columns.get(column, np.empty(0))
        if self.samples.block == 1:
            return statistics.mean(x)
        return statistics.mean_of_blocks(x, self.samples.calls_of_each)

    def std_of(self, column: str) -> float | None:
        """Standard deviation of all calls in that column, as `std_s`."""
        x = self.samples.columns.get(column, np.empty(0))
        if self.samples.variances is None:
            return statistics.std(x)
        variances = self.samples.variances[column]
        return statistics.std_of_blocks(x, variances, self.samples.calls_of_each)

    def mean_interval_s(self, confidence: float = 0.95) -> Interval:
        """Confidence interval of the mean, over samples or blocks at their effective number."""
        x = self.latency_s if self.samples.last_block is None else self.latency_s[:-1]
        return statistics.interval_of_mean(x, confidence=confidence)

    @property
    def median_s(self) -> float | None:
        return self.percentile_s(0.5)

    @property
    def min_s(self) -> float | None:
        return None if self.samples.block > 1 else statistics.percentile(self.latency_s, 0.0)

    @property
    def max_s(self) -> float | None:
        return None if self.samples.block > 1 else statistics.percentile(self.latency_s, 1.0)

    def percentile_s(self, p: float) -> float | None:
        """The percentile at the fraction `p` of single calls. See statistics.

        None where n < 1 / (1 - p), and where samples are means of blocks.
        """
        return None if self.samples.block > 1 else statistics.percentile(self.kept_s, p)

    def percentile_interval_s(self, p: float, confidence: float = 0.95) -> Interval:
        """Confidence interval of that percentile, at the effective sample size.

        `needs` says how many samples it asks for where it does not exist. The median of several
        rounds has the interval of the rounds' medians. See statistics.
        """
        x = self.kept_s
        if p == 0.5 and self.samples.round_starts:
            return statistics.interval_of_rounds(self.round_medians_s, confidence=confidence)
        step = statistics.timer_step(x)
        return statistics.percentile_interval(x, p, confidence=confidence, resolution_s=step)

    @property
    def round_medians_s(self) -> FloatArray:
        """The median of each round, seconds, shape (rounds,)."""
        parts = np.split(self.latency_s, self.samples.round_starts[1:])
        return np.array([float(np.median(part)) for part in parts if len(part)])

    @property
    def summary(self) -> Summary:
        """MAD, effective sample size, counts beyond Tukey's fences, and the rest, seconds.

        Of the entries of `samples`, be they single calls or means of blocks.
        """
        return statistics.summary(self.latency_s)

    @property
    def window_call_s(self) -> float | None:
        """The wall window divided by its calls; None unless pipelined."""
        return None if self.window_s is None else self.window_s / len(self.samples)

    @property
    def warm_up_s(self) -> FloatArray:
        """Headline times of the warm-up calls, seconds, shape (warm_up,)."""
        return self.warm_up.latency_s

    def to_measurement(
        self,
        *,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
    ) -> Measurement:
        """The headline samples for the tools of `torch.utils.benchmark`, such as `Compare`.

        Args:
            label: of the table; None: the name of the model.
            sub_label: of the row; None: the inputs.
            description: of the column; None: mode, kind of call, and device.
        """
        from torch.utils.benchmark import Measurement
        from torch.utils.benchmark.utils.common import TaskSpec

        subject, facts = self.subject, self.environment.torch
        task = TaskSpec(
            stmt=subject.model,
            setup="",
            label=label or subject.model,
            sub_label=sub_label or ", ".join(subject.inputs),
            description=description or f"{self.plan.mode.value} {subject.call} {subject.device}",
            num_threads=1 if facts is None else facts.settings.threads,
        )
        block, shorter = self.samples.block, self.samples.last_block is not None
        whole = self.kept_s[: -1 if shorter and len(self.kept_s) > 1 else None]
        raw_times = (whole * block).tolist()
        return Measurement(number_per_run=block, raw_times=raw_times, task_spec=task)

    @property
    def flop_per_s(self) -> float | None:
        """The FLOP of one call ÷ the median latency; None where they were not counted."""
        return None if self.work is None else self.work.flop_per_s(self.median_s)

    @property
    def utilisation(self) -> float | None:
        """That rate as a fraction of the device's peak; None where either is not known."""
        return None if self.work is None else self.work.utilisation(self.median_s)

    @property
    def first_call_s(self) -> float | None:
        """Host time of the first call of all; None without warm-up."""
        host_s = self.warm_up.host_s
        return None if host_s is None or not len(host_s) else float(host_s[0])


def measure_latency(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    mode: str = Mode.ISOLATED,
    call: str = Call.AUTO,
    cache: str = Cache.WARM,
    loop: str = Loop.NATIVE,
    warm_up: int = 10,
    repetitions: int = 300,
    max_seconds: float | None = None,
    precision: float | None = None,
    rounds: int = 1,
    max_samples: int | None = None,
    reference: ModelOrPath | None = None,
    name: str | None = None,
    setup: Setup | None = None,
    audit: bool = True,
    flop: bool = True,
    peak_flop_per_s: float | None = None,
    on_progress: OnProgress | None = None,
) -> LatencyResult:
    """Measures how long one call of `model` takes.

    The model is called in eval mode and inference mode (another where `setup` says so), with its
    inputs on the device already.

    Args:
        model: any callable. A `torch.nn.Module` is put into eval mode and back. A TorchScript
            module whose inputs are tensors is called without Python. Or the path of a model that
            is: an AOTInductor package (.pt2) or a TorchScript module (.pt, .ts), whose machine code
            is run.
        inputs: a tensor, a tuple of arguments (`()` means none), a dict of keywords, or any other
            value, passed as the one argument; or a list of these, which the repetitions take in
            turn. Tensors in it are moved to the device first.
        device: such as "cpu" or "cuda:1"; None: where the model's parameters or the inputs are.
        mode: "isolated": each call begins on an idle device and is waited for. "queued": each call
            is put on the stream while the device spins, so that device time holds no launches.
            "pipelined": calls are issued without waiting. "graph": short for mode "queued" with
            call "graph".
        call: "auto", "eager" (the Python callable), "aoti" or "torchscript" (compiled first, then
            called without Python; the outputs are compared), or "graph" (captured once, then
            replayed).
        cache: "warm" (as the repetition before has left it) or "cold" (flushed before each).
        loop: "native" (C++) or "python" (the article's loop).
        warm_up: calls before the first sample.
        repetitions: samples.
        max_seconds: stop after this long with fewer samples and a caveat; None: no limit.
        precision: go on beyond `repetitions` (to 5000 at most) until half the width of the
            median's interval is at most this fraction of the median, warm-up at the front cut and
            made up for; the result says whether it `converged`. None: stop at `repetitions`.
        rounds: spread the repetitions over so many rounds with pauses of half a second; the
            interval of the median is then over the rounds' medians.
        max_samples: of more repetitions keep no more entries than this, each the mean of a block of
            calls, so that memory stays bounded: mean and standard deviation are as of all calls,
            percentiles are not known. Of mode isolated. None: keep every call's time.
        reference: the model that `model` was compiled from: outputs are compared once, before
            anything is timed, and the result has the `equivalence`.
        name: of the model in the report; None: its class or function.
        setup: autocast, memory format, torch.compile, gradient mode, threads; None: the model as it
            is, in inference mode. What it changes is afterwards as it was.
        audit: make one more call after the samples, untimed, and look at what it does inside (see
            `pytimer.audit`); what that shows is among the caveats.
        flop: make one more call after the samples, untimed, and count its FLOP (see
            `pytimer.count_flop`).
        peak_flop_per_s: the most that the device does in the dtype of the model, for the
            utilisation; None: by the datasheet, where pytimer knows it.
        on_progress: called between chunks of calls, never inside a timed region.

    Raises:
        PlanError: an argument that cannot be carried out.
        DeviceUnavailableError: no such device, the model is on another one, or the device cannot do
            what the mode needs.
        ModelError: a file holds no model that can be used here, or the model cannot be compiled.
        CaptureError: the model cannot be captured into a graph.
        CallError: the model raised; `samples` has what was measured before, and `result` is made of
            it, with the caveat `incomplete`; None where no repetition was finished.
        CudaError, AcceleratorError: the device failed; likewise.
        Interrupted: Ctrl-C (a KeyboardInterrupt); likewise.

    Source:
        "The Correct Way to Measure Inference Time of Deep Neural Networks".
    """
    plan = LatencyPlan.parse(
        mode=mode,
        call=call,
        cache=cache,
        loop=loop,
        warm_up=warm_up,
        repetitions=repetitions,
        max_seconds=max_seconds,
        precision=precision,
        rounds=rounds,
        max_samples=max_samples,
    )
    extras = Extras(audit, flop, peak_flop_per_s)
    with prepared(model, inputs, device, name, setup) as workload:
        if reference is not None:
            workload = workload.compared_with(reference)
        return latency_of(workload, plan, on_progress, extras)


def latency_of(
    workload: Workload,
    plan: LatencyPlan,
    on_progress: OnProgress | None,
    extras: Extras,
    turn: measure.Turn | None = None,
) -> LatencyResult:
    """`measure_latency` for a prepared workload; with a `turn`, beside other processes."""
    workload = workload.as_planned(plan.call)
    environment = capture(workload.device)
    series: Series | None = None

    def known(part: Series | None) -> LatencyResult | None:
        if part is None:
            return None
        return _incomplete(
            workload, plan, environment, part, ProcessEndedError(), _wanted(plan, part)
        )

    try:
        series = measure.latency(workload, plan, knowing(on_progress, known), turn)
        with samples_taken(series.samples, workload):
            return _looked_at(workload, plan, environment, series, extras)
    except (Interrupted, PyTimerError) as error:
        part = error.result if series is None else series
        error.result = None
        with suppress(*OF_OTHERS):  # such as memory: the samples are on the error all the same
            if part is not None:
                wanted = _wanted(plan, part) if series is None else part.samples.calls
                error.result = _incomplete(workload, plan, environment, part, error, wanted)
        raise


def _looked_at(
    workload: Workload,
    plan: LatencyPlan,
    environment: Environment,
    series: Series,
    extras: Extras,
) -> LatencyResult:
    """The result of a series that is complete, with what more calls show of it."""
    seen = _audited(workload) if extras.audit else None
    evidence = replace(
        series.evidence(workload, environment, plan.mode, wanted=plan.repetitions),
        floor_s=floor_s(workload.device, plan),
        synchronises=None if seen is None else seen.synchronises,
        hides_launches=workload.device.hides_launches,
        cold_over_warm=cold_over_warm(workload.device) if plan.cache is Cache.COLD else None,
        rotation_bytes=workload.rotation_bytes,
        cache_bytes=workload.device.cache_bytes,
    )
    work = work_of(workload, environment, series.energy, extras)
    caveats = (*caveats_of(evidence), *_unasked(seen, workload.setup))
    result = _result(workload, plan, series, evidence, work, caveats)
    return replace(result, caveats=(*result.caveats, *work.caveats(result.median_s)))


def _incomplete(
    workload: Workload,
    plan: LatencyPlan,
    environment: Environment,
    series: Series,
    error: BaseException,
    wanted: int | None,
) -> LatencyResult:
    """The result of a series that was broken off, from what is known of it already.

    Asks nothing of the device, which may be lost.
    """
    count = series.samples.calls
    evidence = series.evidence(workload, environment, plan.mode, wanted=count)
    work = Work(NotAvailable(ENDED_BEFORE), NotAvailable(ENDED_BEFORE), NotAvailable(ENDED_BEFORE))
    caveats = (incomplete(error, count, wanted, "repetition"), *caveats_of(evidence))
    return _result(workload, plan, series, evidence, work, caveats)


def _wanted(plan: LatencyPlan, part: Series) -> int | None:
    """Of how many repetitions it is a part; None where a precision asks for more than planned."""
    goes_on = plan.precision is not None and part.samples.calls >= plan.repetitions
    return None if goes_on else plan.repetitions


def _result(
    workload: Workload,
    plan: LatencyPlan,
    series: Series,
    evidence: Evidence,
    work: Work,
    caveats: tuple[Caveat, ...],
) -> LatencyResult:
    return LatencyResult(
        subject=workload.subject,
        plan=plan,
        samples=series.samples,
        warm_up=series.warm_up,
        compile_s=workload.compile_s,
        window_s=series.window_s,
        spin_s=series.spin_s,
        floor_s=evidence.floor_s,
        cold_over_warm=evidence.cold_over_warm,
        judgement=series.judgement,
        equivalence=workload.equivalence,
        work=work,
        environment=evidence.environment,
        caveats=caveats,
    )


def _unasked(seen: CallAudit | None, setup: Setup) -> tuple[Caveat, ...]:
    """What the audit shows, without what was asked for."""
    asked = {
        "records-gradients": setup.grad_mode == "enabled",
        "autocast": setup.amp is not None,
    }
    found = () if seen is None else seen.caveats
    return tuple(caveat for caveat in found if not asked.get(caveat.name))


def _audited(workload: Workload) -> CallAudit | None:
    """The audit of one more call; None should that one raise, so that no sample is lost."""
    with suppress(*OF_OTHERS):
        return audited(workload)
    return None
