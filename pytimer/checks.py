"""Reasons for doubt that a measurement shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pytimer import statistics
from pytimer.caveats import Caveat
from pytimer.devices import Health
from pytimer.environment import Environment
from pytimer.equivalence import Equivalence
from pytimer.plan import Mode
from pytimer.samples import Mark, Samples
from pytimer.stopping import Judgement
from pytimer.workload import CallKind

DRAIN_FLOOR_S = 20e-6
DRAIN_SHARE = 0.05
LAUNCH_BOUND_SHARE = 0.9
LATE_SHARE = 0.1
FLOOR_FACTOR = 10
COLD_OVER_WARM = 1.05
CLOCK_CHANGE = 0.02


WORTHWHILE_SHARE = 0.5
"""Of what each further thread could add; below it they are in each other's way."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a measurement when it is over.

    Attributes:
        wanted: repetitions that the plan asked for.
        floor_s: what the same loop reads for no work, seconds; None where that is not measured.
        synchronises: whether the call waits for the device by itself; None where unknown.
        judgement: of the precision asked for; None where none was.
        hides_launches: whether the device has modes queued and graph.
        accelerators: how many the model's parameters are spread over.
        cold_over_warm: what the cache flush achieved; None where it was not asked for.
        rotation_bytes: of all sets of inputs together; None where there is one set.
        threads: how many made calls at the same time.
        speed_up: how many times the work of one thread they did; None where there was one.
        cache_bytes: of the device's last-level cache; None where unknown.
        call: how the model was called.
        equivalence: of a compiled model with its reference; None where not compared.
        compilations: how often torch compiled while calls were timed.
    """

    samples: Samples
    environment: Environment
    mode: Mode
    wanted: int
    before: Health
    after: Health
    floor_s: float | None = None
    synchronises: bool | None = None
    judgement: Judgement | None = None
    hides_launches: bool = True
    accelerators: int = 1
    cold_over_warm: float | None = None
    rotation_bytes: int | None = None
    cache_bytes: int | None = None
    threads: int = 1
    speed_up: float | None = None
    call: CallKind = "eager"
    equivalence: Equivalence | None = None
    compilations: int = 0


def caveats_of(evidence: Evidence) -> tuple[Caveat, ...]:
    """The caveats of a measurement, those of its samples first."""
    return (
        *_of_outputs(evidence),
        *_of_count(evidence),
        *_of_blocks(evidence.samples),
        *_of_compilation(evidence),
        *_of_series(evidence),
        *_of_streams(evidence),
        *_of_launches(evidence),
        *_of_threads(evidence),
        *_of_floor(evidence),
        *_of_cache(evidence),
        *_of_health(evidence.before, evidence.after),
        *caveats_of_environment(evidence.environment),
    )


def _of_outputs(evidence: Evidence) -> Iterator[Caveat]:
    equivalence = evidence.equivalence
    if equivalence is not None and equivalence.verdict == "different":
        worst = equivalence.largest_difference
        by = "" if worst is None else f", by {worst:.2g} at most"
        yield Caveat(
            "outputs-differ",
            "the compiled model does not compute what its reference does: "
            f"{equivalence.reason}{by}",
            "compare them in float64; a time for other results says nothing of the reference",
        )
    if equivalence is not None and equivalence.verdict == "not checkable":
        yield Caveat(
            "equivalence-not-checkable",
            f"equivalence not checkable: {equivalence.reason}",
            "compare with trained weights (--pretrained)",
        )
    if evidence.call == "torchscript":
        yield Caveat(
            "torchscript-deprecated",
            "TorchScript is deprecated by torch",
            "export the model to an AOTInductor package (pytimer export)",
        )


def _of_count(evidence: Evidence) -> Iterator[Caveat]:
    count = evidence.samples.calls
    if count < evidence.wanted:
        yield Caveat(
            "out-of-time",
            f"the time was up after {count} of {evidence.wanted} repetitions",
            "raise max_seconds (--max-seconds)",
        )
    if count == 1:
        yield Caveat(
            "single-sample",
            "one sample says nothing about how much the latency varies",
            "measure at least 100 repetitions (the default is 300)",
        )


def _of_blocks(samples: Samples) -> Iterator[Caveat]:
    if samples.block > 1:
        yield Caveat(
            "means-of-blocks",
            f"the {len(samples)} samples are {samples.words}: median, percentiles, minimum and "
            "maximum of single calls are not known",
            "raise max_samples (--max-samples), or leave it out, if memory allows 8 bytes a call",
        )


def _of_compilation(evidence: Evidence) -> Iterator[Caveat]:
    stage = "wall window" if evidence.mode is Mode.PIPELINED else "repetitions"
    yield from compiled_while_timed(evidence.compilations, stage)


def compiled_while_timed(compilations: int, stage: str) -> Iterator[Caveat]:
    """For calls of torch.compile's code that compiled so often in the timed calls of `stage`."""
    if compilations > 0:
        times = "once" if compilations == 1 else f"{compilations} times"
        yield Caveat(
            "recompiled",
            f"torch compiled {times} during the {stage}: compilation is in the samples",
            "raise the warm-up calls (--warm-up), give all calls the same shapes, or compile once "
            "for changing sizes (torch._dynamo.mark_dynamic)",
        )


def _of_series(evidence: Evidence) -> Iterator[Caveat]:
    x = evidence.samples.latency_s
    if evidence.mode is Mode.PIPELINED or not len(x) or not np.all(x > 0):
        return
    judgement = evidence.judgement
    if judgement is not None:
        x = x[judgement.cut :]
        if not judgement.converged:
            width = judgement.half_width
            reached = "no interval" if width is None else f"±{width:.2%}"
            yield Caveat(
                "not-converged",
                f"{len(evidence.samples)} samples reach {reached} of the median, not the precision "
                "asked for",
                "allow more time (--max-seconds), free the machine, or ask for less",
            )
    cut = statistics.warm_up_cut(x) if judgement is None else 0
    if cut > 0:
        yield Caveat(
            "warming",
            f"the first {cut} of {len(x)} samples are still warm-up",
            "raise the warm-up calls (--warm-up), or ask for a precision (--precision)",
        )
    for flag in statistics.flags(x, resolution_s=statistics.timer_step(x)):
        if evidence.samples.block > 1 and flag.name not in _OF_BLOCKS_TOO:
            continue
        yield Caveat(flag.name, _FLAG_TEXTS[flag.name](flag), _FLAG_REMEDIES[flag.name])


_OF_BLOCKS_TOO = ("shifted", "autocorrelated")
"""What means of blocks show of the series; how single calls are spread they do not."""

_FLAG_TEXTS: dict[str, Callable[[statistics.Flag], str]] = {
    "shifted": lambda flag: f"the median moved by {flag.size:+.1%} at sample {flag.position}",
    "bimodal": lambda flag: f"the samples have two modes, {flag.size:.1%} apart",
    "noisy": lambda flag: f"the samples spread by {flag.size:.1%} of the median (1.48 MAD)",
    "autocorrelated": lambda flag: (
        f"neighbouring samples are alike: only one in {flag.size:.0f} is worth a new one"
    ),
    "spiky": lambda flag: f"{flag.size:.1%} of the samples lie far beyond the others",
}

_FLAG_REMEDIES = {
    "shifted": "something changed while measuring (clocks, another process): measure again",
    "bimodal": "the median may stand for neither: look for what alternates (clocks, caches, cores)",
    "noisy": "free the machine from other work, and lock its clocks",
    "autocorrelated": "the interval allows for it; more repetitions make it narrower",
    "spiky": "read median and percentiles rather than the mean; look for interruptions",
}


def _of_streams(evidence: Evidence) -> Iterator[Caveat]:
    drain_s, device_s = evidence.samples.drain_s, evidence.samples.device_s
    if drain_s is not None and device_s is not None:
        drain = float(np.median(drain_s))
        yield from work_on_another_stream(drain, float(np.median(device_s)))
    if evidence.accelerators > 1:
        yield Caveat(
            "several-devices",
            f"the model is spread over {evidence.accelerators} devices, but the events are on one: "
            "device time holds what that one waits for, not the work of the others",
            "read host time, which ends when the timed device is done, or put the model on one",
        )


def work_on_another_stream(drain_s: float, device_s: float) -> Iterator[Caveat]:
    """For a device that went on for `drain_s` after the `device_s` of the call's own stream."""
    if drain_s > max(DRAIN_FLOOR_S, DRAIN_SHARE * device_s):
        yield Caveat(
            "work-on-another-stream",
            f"the device went on for {drain_s * 1e6:.4g} µs after the stream that is timed was "
            "done: the model uses another stream, whose work is not in device time",
            "make the stream of the call wait for the others before the call returns",
        )


def _of_launches(evidence: Evidence) -> Iterator[Caveat]:
    samples = evidence.samples
    if samples.clock != "device":
        return
    if samples.marks is not None:
        yield from _of_marks(samples)
    elif evidence.mode is Mode.ISOLATED and not evidence.synchronises and _is_launch_bound(samples):
        yield Caveat(
            "launch-bound",
            "the host needs as long to enqueue the call as the device needs to work on it: device "
            "time holds waits for launches",
            "--mode all shows the device's work alone; a CUDA graph (--mode graph) takes launches "
            "away"
            if evidence.hides_launches
            else "make fewer and longer launches: a larger batch, or torch.compile",
        )


def _is_launch_bound(samples: Samples) -> bool:
    if samples.enqueue_s is None or samples.device_s is None:
        return False
    enqueue, device = float(np.median(samples.enqueue_s)), float(np.median(samples.device_s))
    return enqueue >= LAUNCH_BOUND_SHARE * device


def _of_marks(samples: Samples) -> Iterator[Caveat]:
    full, late = samples.marked(Mark.QUEUE_FULL), samples.marked(Mark.HOST_BOUND)
    if full > 0:
        yield Caveat(
            "queue-full",
            f"in {full} of {len(samples)} samples the call holds more launches than the launch "
            "queue, so the host was blocked until the spin was over",
            "replay a CUDA graph (--mode graph): it is one launch",
        )
    if late > LATE_SHARE * len(samples):
        yield Caveat(
            "host-bound",
            f"in {late} of {len(samples)} samples the spin was over before the call was on the "
            "stream: device time may hold waits for the host",
            "replay a CUDA graph (--mode graph), or trust the clean samples only",
        )


def _of_threads(evidence: Evidence) -> Iterator[Caveat]:
    threads, speed_up = evidence.threads, evidence.speed_up
    if speed_up is not None and speed_up < 1 + WORTHWHILE_SHARE * (threads - 1):
        yield Caveat(
            "gil-bound",
            f"{threads} threads did {speed_up:.2f} times the work of one: calls of a Python model "
            "hold the interpreter lock, and share the cores",
            "call without Python (TorchScript), give each thread fewer cores "
            "(torch.set_num_threads), or use one thread and a larger batch",
        )


def _of_floor(evidence: Evidence) -> Iterator[Caveat]:
    floor_s, latency_s = evidence.floor_s, evidence.samples.latency_s
    if floor_s is None or not len(latency_s):
        return
    median = float(np.median(latency_s))
    if median < FLOOR_FACTOR * floor_s:
        yield Caveat(
            "below-floor",
            f"the median is {median * 1e6:.4g} µs, and the same loop reads {floor_s * 1e6:.4g} µs "
            f"for no work at all: less than {FLOOR_FACTOR} times the floor",
            "measure more work in one call, such as a larger batch",
        )


def _of_cache(evidence: Evidence) -> Iterator[Caveat]:
    ratio = evidence.cold_over_warm
    if ratio is not None and ratio < COLD_OVER_WARM:
        yield Caveat(
            "cache-not-cold",
            f"reading a quarter of the last-level cache takes {ratio:.2f} times as long after the "
            "flush: the flush achieves nothing that can be seen",
            "take the result as one with a warm cache",
        )
    rotation, cache = evidence.rotation_bytes, evidence.cache_bytes
    if rotation is not None and cache is not None and rotation < 2 * cache:
        yield Caveat(
            "inputs-fit-cache",
            f"the sets of inputs are {rotation / 2**20:.1f} MiB together, the last-level cache "
            f"{cache / 2**20:.1f} MiB: taking them in turn does not keep them out of it",
            "give more sets, twice the cache together, or use cache cold",
        )


def _of_health(before: Health, after: Health) -> Iterator[Caveat]:
    if before.sm_clock_hz and after.sm_clock_hz:
        change = after.sm_clock_hz / before.sm_clock_hz - 1
        if abs(change) > CLOCK_CHANGE:
            yield Caveat(
                "clock-throttled",
                f"the SM clock went from {before.sm_clock_hz / 1e6:.0f} to "
                f"{after.sm_clock_hz / 1e6:.0f} MHz while measuring ({change:+.1%})",
                "lock the clocks (nvidia-smi --lock-gpu-clocks), or let the device cool and repeat",
            )
    if before.sm_clock_hz and not after.sm_clock_hz:
        yield Caveat(
            "clock-unread",
            "the SM clock could be read before the measurement and not after it: whether it "
            f"changed is not known ({after.unread or 'no reason was given'})",
            "see what happened to the GPU (nvidia-smi), and repeat",
        )
    if _grew(before.throttled_s, after.throttled_s):
        yield Caveat(
            "clock-throttled",
            "a temperature limit held the clocks down while measuring",
            "let the device cool, or lower its load, and repeat",
        )
    if _grew(before.power_capped_s, after.power_capped_s):
        yield Caveat(
            "power-capped",
            "a power limit held the clocks down while measuring",
            "raise the power limit (nvidia-smi --power-limit), or state it with the result",
        )
    if after.other_processes:
        busy = "" if before.utilisation is None else f", {before.utilisation:.0%} utilised"
        yield Caveat(
            "other-processes-on-device",
            f"{after.other_processes} other processes use the device{busy}",
            "measure on a device that nothing else uses",
        )


def _grew(before: float | None, after: float | None) -> bool:
    return before is not None and after is not None and after > before


def caveats_of_environment(environment: Environment) -> tuple[Caveat, ...]:
    """The caveats of any measurement in that environment."""
    return tuple(_of_environment(environment))


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
