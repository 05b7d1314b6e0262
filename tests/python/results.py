"""Results with fixed numbers, for tests of what is done with results."""

from dataclasses import replace

import numpy as np

import pytimer
from pytimer import (
    ABResult,
    BatchSizePlan,
    BatchSizeResult,
    Caveat,
    ColdStart,
    CompareResult,
    Energy,
    Environment,
    Equivalence,
    ExportResult,
    Flop,
    LatencyPlan,
    LatencyResult,
    LoadPlan,
    LoadPoint,
    LoadResult,
    LoopFigures,
    LoopsPlan,
    LoopsResult,
    MissingRank,
    Mistake,
    MistakesPlan,
    MistakesResult,
    Mode,
    ModesResult,
    NotAvailable,
    Peak,
    Probe,
    ProcessesResult,
    ProfileResult,
    RankResult,
    RanksResult,
    RunResult,
    Samples,
    SelftestResult,
    Setup,
    SweepPlan,
    SweepPoint,
    SweepResult,
    ThroughputPlan,
    ThroughputResult,
    Work,
)
from pytimer.curve import Block
from pytimer.devices import DeviceFacts, MemoryPeak
from pytimer.environment import HostFacts, TorchFacts
from pytimer.mistakes import Arm
from pytimer.mistakes.names import NAMES, ON_HOST
from pytimer.modes import Missing
from pytimer.plan import PairPlan
from pytimer.probing import Failure
from pytimer.profiling import OperatorTime, Profiled
from pytimer.ranks import ClockOffset
from pytimer.self_test import ControlArm, Floor, Line, Reading
from pytimer.serving import Arrivals, Ending, Requests
from pytimer.statistics import compare_pairs
from pytimer.torch_settings import TorchSettings
from pytimer.work import FlopPart
from pytimer.workload import Subject

HOST = HostFacts("Linux-6.1", "Example CPU", 4, 2, "performance", 16 * 2**30)
SETTINGS = TorchSettings(
    threads=2,
    default_dtype="float32",
    float32_matmul_precision="highest",
    flags={"backends.cudnn.enabled": True, "backends.cuda.matmul.fp32_precision": "none"},
    attention={"flash": True},
    deterministic_algorithms=False,
    deterministic_warn_only=False,
)
TORCH = TorchFacts("2.13.0", "13.0", 91300, 2, SETTINGS)
CPU = DeviceFacts("cpu", "Example CPU", 16 * 2**30)
CUDA = DeviceFacts("cuda:0", "Example GPU", 80 * 2**30, "9.0", "13.0", "13.1", "580.1", True)
BLOCKING = Caveat("launch-blocking", "every launch [waits]", "unset CUDA_LAUNCH_BLOCKING")


def environment(device):
    return Environment("0.1.0", "3.11.7", HOST, TORCH, device, {"OMP_NUM_THREADS": "2"})


def subject(device, batch_size=1):
    inputs = (f"{batch_size}×3×224×224 float32",)
    return Subject("example-net", inputs, 1, device.name, "eager", Setup())


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


ONE_WINDOW = NotAvailable("it is read over one window of calls; use mode pipelined, or throughput")


def work(device, energy=ONE_WINDOW):
    """780 MFLOP a call; on CUDA of a GPU with a peak, one of its operations without a formula."""
    parts = (
        FlopPart("convolution", "float32", 777_440_000),
        FlopPart("matmul", "float32", 2_560_000),
    )
    if device is CPU:
        missing = NotAvailable("peak of Example CPU unknown; state it with --peak-flops")
        return Work(Flop(parts, (), "call"), missing, energy)
    return Work(Flop(parts, ("nms",), "eager"), Peak(156e12, "stated by you"), energy)


def latency(device=CPU, count=300):
    samples = host_samples if device is CPU else device_samples
    return LatencyResult(
        subject(device),
        LatencyPlan(repetitions=count),
        samples(count),
        samples(10),
        None,
        None,
        None,
        4e-8,
        None,
        None,
        None,
        work(device),
        environment(device),
        () if device is CPU else (BLOCKING,),
    )


def modes(device=CUDA):
    """Isolated and pipelined; queued is missing."""
    pipelined = replace(
        latency(device),
        plan=LatencyPlan(mode=Mode.PIPELINED),
        samples=windowed(device_samples(300)),
        window_s=1.53,
    )
    missing = Missing("queued", "needs CUDA")
    return ModesResult((latency(device), pipelined), (missing,))


def ab(device=CPU):
    """B takes 1.1 times as long as A, give or take a hundredth."""
    a = host_samples(100)
    b = Samples("host", {"host_s": a.host_s * np.linspace(1.09, 1.11, 100)})
    comparison = compare_pairs(a.host_s, b.host_s)
    other = replace(subject(device), model="other-net")
    environment_ = environment(device)
    return ABResult(subject(device), other, PairPlan(100), a, b, comparison, environment_, ())


def selftest():
    """A host that reads 20 µs as 20.1 µs."""
    reading = Reading("isolated", 20e-6, 20.1e-6, 1e-7, True)
    line = Line("isolated", 1e-7, 1.0, 0.0, True)
    floor = Floor("isolated", 4e-8)
    control = ControlArm(1e-2, 1e-5, True)
    return SelftestResult("cpu", (floor,), (reading,), (line,), control, environment(CPU))


def processes(*factors, device=CPU, of=None):
    """The latency result (or that of `of`) in processes that are by these factors slower."""
    result = of or latency(device)
    return ProcessesResult(tuple(slower(result, factor) for factor in factors))


def slower(result, factor):
    columns = {name: column * factor for name, column in result.samples.columns.items()}
    found = replace(result, samples=replace(result.samples, columns=columns))
    return replace(found, window_s=found.window_s * factor) if found.window_s else found


NOISE = (0.99, 1.0, 1.0, 1.0, 1.01)


def comparison(factor=1.1, noise=NOISE) -> CompareResult:
    """Slower by that factor, in processes that are by this noise apart."""
    new = (factor * one for one in noise)
    return pytimer.compare(processes(*noise, device=CUDA), processes(*new, device=CUDA))


def loops(device=CPU):
    """The Python loop costs 150 ns more of a model that takes 2 µs (20 ms on CUDA)."""
    wobble = np.linspace(0.99, 1.01, 11)
    latency_s = 2e-6 if device is CPU else 0.02
    figures = {
        name: LoopFigures(
            harness_s * wobble,
            harness_s / 2 * wobble,
            None if device is CPU else 1e-6 * wobble,
            (latency_s + harness_s) * wobble,
        )
        for name, harness_s in (("native", 50e-9), ("python", 200e-9))
    }
    environment_ = environment(device)
    return LoopsResult(subject(device), LoopsPlan(rounds=11), figures, environment_, ())


def arm(mean_s, rounds=10):
    """Rounds of 10 samples each, the rounds a little apart."""
    samples = np.linspace(0.95, 1.05, 10) * mean_s
    return Arm.of_rounds([samples * factor for factor in np.linspace(0.99, 1.01, rounds)])


def cold(device=CPU):
    warm_up = np.array([2.5, 0.5, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05])
    host_s = np.concatenate([warm_up, np.full(100, 0.05)])
    columns = {"host_s": host_s}
    if device is not CPU:
        columns |= {"enqueue_s": host_s / 2, "device_s": host_s, "drain_s": np.zeros(110)}
    samples = Samples("host" if device is CPU else "device", columns)
    return ColdStart(None if device is CPU else 0.35, 0.12, None, 10, samples)


def mistakes(device=CPU):
    """Of the sweep the largest size is 3, at 18 items/s; the fastest 2, at 25."""
    factors = dict.fromkeys(NAMES, 1.25) | {"host-clock-without-sync": 0.25}
    rows = {
        name: Mistake(name, "call", arm(0.05), arm(0.05 * factor))
        for name, factor in factors.items()
    }
    right = arm(0.05)
    means = Arm.of_rounds([np.array([mean_s]) for mean_s in right.round_means_s])
    rows["single-sample"] = Mistake("single-sample", "call", means, right)
    host_s = cold().samples.host_s
    rows["no-warm-up"] = Mistake("no-warm-up", "call", Arm(host_s[10:]), Arm(host_s[:100]))
    rows["largest-batch"] = Mistake("largest-batch", "item", arm(1 / 25), arm(1 / 18))
    if device is CPU:
        rows |= {name: Mistake(name, missing=reason) for name, reason in ON_HOST.items()}
        rows["no-eval"] = Mistake("no-eval", missing="net raised in repetition 1 of 10: ValueError")
    environment_ = environment(device)
    return MistakesResult(
        subject(device),
        MistakesPlan(),
        tuple(rows[name] for name in NAMES),
        cold(device),
        sweep(device),
        environment_,
        (),
    )


def export():
    same = Equivalence("equal", "the outputs agree", 3e-7, 1e-3)
    path, mebibytes = "example-net.pt2", 21
    environment_ = environment(CPU)
    return ExportResult(subject(CPU), path, mebibytes * 2**20, True, 2.5, 61.0, same, environment_)


def profile(device=CPU):
    on_device = device is CUDA
    shares = (11e-3, 4e-3, 3e-3, 2e-3, 1e-3, 8e-4, 6e-4, 4e-4, 3e-4, 2e-4, 1e-4, 1e-4)
    operators = tuple(
        OperatorTime(f"aten::operator_{n}", 41 * n, s, s / 2 if on_device else None)
        for n, s in enumerate(shares, 1)
    )
    found = Profiled(28.1e-3, 33.4e-3, operators)
    size_bytes = 3 * 2**20
    return ProfileResult(subject(device), "trace.json", size_bytes, 10, found, environment(device))


def probe(size, failure=None, peak=None, **more):
    mebibyte = 2**20
    memory = MemoryPeak(process_bytes=(200 + 10 * size) * mebibyte, device_bytes=900 * mebibyte)
    error = "RuntimeError: can't allocate memory" if failure else ""
    call_s = None if failure else 0.04 * size
    peak_bytes = None if peak is None else peak * mebibyte
    return Probe(size, failure, error, call_s, 0.1 * size, peak_bytes, memory, **more)


def batch_size(device=CPU):
    worker = {"in_worker": device is CPU}
    probes = (
        probe(1, None, 20, **worker),
        probe(4, Failure.MEMORY, 70, **worker),
        probe(3, None, 60, predicted=3, **worker),
        probe(3, None, None, afresh=True, **worker),
    )
    limit = 64 * 2**20
    return BatchSizeResult(
        subject(device), BatchSizePlan(), 3, 3, "memory", limit, probes, environment(device), ()
    )


def sweep(device=CPU, max_latency_s=None):
    """Size 2 is the fastest: 25 items/s; size 1 has 20, size 3 has 18."""
    points = tuple(
        SweepPoint(
            size,
            probe(size, None, 20 * size),
            Samples("host", {"host_s": np.linspace(0.9, 1.1, 100) * latency_s}),
            tuple(Block(10, 10 * size / rate * factor) for factor in (0.99, 1.0, 1.01)),
        )
        for size, latency_s, rate in ((1, 0.05, 20.0), (2, 0.08, 25.0), (3, 0.2, 18.0))
    )
    failed = SweepPoint(4, probe(4, Failure.MEMORY, 70), None, ())
    plan = SweepPlan(rounds=3, max_latency_s=max_latency_s)
    search = batch_size(device)
    return SweepResult(subject(device), plan, (*points, failed), search, environment(device), ())


def windowed(samples):
    """The same samples as of one window: each call finished when the sum says."""
    finish_s = np.cumsum(samples.latency_s)
    return Samples(samples.clock, {**samples.columns, "finish_s": finish_s})


def throughput(device=CPU, curve=None):
    samples = windowed(host_samples(100) if device is CPU else device_samples(100))
    return ThroughputResult(
        subject(device, 3),
        ThroughputPlan(batch_size=3),
        3,
        5.5,
        samples,
        samples,
        None,
        None,
        None,
        curve,
        work(device, Energy(1375.0, 5.5, 100)),
        environment(device),
        (),
    )


def requests(rate_per_s, waits_s, service_s=0.005):
    """Uniform arrivals that wait so long; the server need not be one that could exist."""
    arrival_s = np.arange(len(waits_s)) / rate_per_s
    start_s = arrival_s + waits_s
    return Requests(arrival_s, start_s, start_s + service_s, start_s + service_s)


def load(device=CPU, **options):
    """Of p99 ≤ 10 ms: 100 requests/s keep it, 150/s need 99 requests more, 250/s are overload."""
    points = (
        LoadPoint(100.0, 500, Ending.SERVED, requests(100.0, np.tile([0.0, 0.002], 250))),
        LoadPoint(150.0, 200, Ending.SERVED, requests(150.0, np.full(200, 0.003))),
        LoadPoint(250.0, 2500, Ending.QUEUE_FULL, requests(250.0, np.linspace(0, 0.3, 300))),
    )
    options = {"rates": (100.0, 150.0, 250.0), "max_latency_s": 0.01} | options
    environment_ = environment(device)
    return LoadResult(subject(device), LoadPlan(**options), None, points, environment_, ())


def paced():
    """9 ms idle, 1 ms of service, 10 µs late."""
    served = requests(100.0, np.full(120, 1e-5), 0.001)
    plan = LoadPlan((), Arrivals.PACED, 0.009)
    point = LoadPoint(None, 120, Ending.OUT_OF_TIME, served)
    return LoadResult(subject(CPU), plan, None, (point,), environment(CPU), ())


def load_searched():
    """Calls alone take 50 ms, and nothing was valid."""
    plan = LoadPlan("auto", max_latency_s=0.01)
    return LoadResult(subject(CPU), plan, host_samples(100), (), environment(CPU), ())


def run(device=CPU):
    return RunResult(latency(device), batch_size(device), sweep(device), throughput(device))


def even_throughput(call_s, calls=100):
    """Every call takes `call_s`; 3 items each."""
    host_s = np.full(calls, call_s)
    samples = windowed(Samples("host", {"host_s": host_s}))
    return replace(throughput(), samples=samples, window_s=call_s * calls)


def rank(number, measured, opened_s=0.0, uncertainty_s=2e-5):
    took_s = getattr(measured, "window_s", None) or float(measured.samples.latency_s.sum())
    clock = ClockOffset(number * 1e-5, uncertainty_s if number else 0.0)
    return RankResult(number, f"node{number}", clock, opened_s, opened_s + took_s, measured)


def ranks(*call_s, starts=None, missing=(), **more):
    """Ranks whose calls take so long each, 100 of them; alone a call takes 0.01 s."""
    starts = starts or [0.0] * len(call_s)
    each = tuple(
        rank(number, even_throughput(s), start, **more)
        for number, (s, start) in enumerate(zip(call_s, starts, strict=True))
    )
    lost = tuple(MissingRank(number, reason) for number, reason in missing)
    return RanksResult(len(each) + len(lost), each, lost, even_throughput(0.01))


def latency_ranks():
    first, second = latency(), latency()
    columns = {"host_s": second.samples.host_s * 1.5}
    second = replace(second, samples=Samples("host", columns))
    return RanksResult(2, (rank(0, first), rank(1, second, 1e-6)), (), latency())
