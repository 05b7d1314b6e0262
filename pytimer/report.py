"""Results as text for a terminal. Reads results only; complete without colour."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pytimer import statistics
from pytimer.batch_size import BatchSizeResult
from pytimer.caveats import Caveat
from pytimer.curve import SweepPoint, SweepResult
from pytimer.environment import Environment
from pytimer.latency import LatencyResult
from pytimer.main_job import RunResult
from pytimer.modes import ModesResult, mode_name
from pytimer.pairs import ABResult
from pytimer.plan import Cache
from pytimer.result_file import Result
from pytimer.samples import FloatArray, Mark
from pytimer.self_test import SelftestResult
from pytimer.throughput import ThroughputResult
from pytimer.units import Unit, mebibytes, significant, unit_for
from pytimer.workload import Subject

Stage = LatencyResult | BatchSizeResult | SweepResult | ThroughputResult

_LIMITS = {
    "memory": "a larger one does not fit into memory",
    "index": "a larger one exceeds an index or the launch grid",
    "died": "a larger one ends the process",
    "cap": "the largest that was allowed",
    "time": "the time was up",
    "interrupted": "the search was interrupted",
}


def show(result: Result, console: Console) -> None:
    """Prints the whole result: figures, environment, caveats."""
    if isinstance(result, SelftestResult):
        _show_selftest(result, console)
        return
    if isinstance(result, ABResult):
        _show_pairs(result, console)
        return
    stages = _stages(result)
    if not stages:
        return
    if isinstance(result, ModesResult):
        _show_modes(result, console)
        return
    console.print(_title(stages[0].subject))
    for stage in stages:
        console.print()
        show_stage(stage, console)
    _show_surroundings(stages, console)


def show_stage(stage: Stage, console: Console) -> None:
    """Prints the figures of one stage."""
    if isinstance(stage, LatencyResult):
        _show_latency(stage, console)
    elif isinstance(stage, BatchSizeResult):
        _show_batch_size(stage, console)
    elif isinstance(stage, SweepResult):
        _show_sweep(stage, console)
    else:
        _show_throughput(stage, console)


def _show_modes(modes: ModesResult, console: Console) -> None:
    console.print(_title(modes.results[0].subject))
    console.print()
    plan = modes.results[0].plan
    how = f"{plan.repetitions} repetitions each, cache {plan.cache}, medians"
    console.print(_heading("Modes", how))
    unit = unit_for(modes.results[0].median_s)
    columns = ("device time", "enqueue time", "host time", "window ÷ calls")
    table = _table("", *(f"{name} [{unit.name}]" for name in columns), "clean")
    for result in modes.results:
        samples = result.samples
        device_s = samples.device_s if samples.clock == "device" else None
        enqueue_s = samples.enqueue_s if samples.clock == "device" else None
        medians = [
            None if x is None else statistics.percentile(x, 0.5)
            for x in (device_s, enqueue_s, samples.host_s)
        ]
        clean = "–" if samples.marks is None else f"{samples.marked(Mark.CLEAN)}/{len(samples)}"
        table.add_row(
            mode_name(result.plan), *map(unit.show, medians), unit.show(result.window_call_s), clean
        )
    console.print(_indented(table))
    for missing in modes.missing:
        console.print(Text(f"  {missing.mode}: not measured: {missing.reason}"), soft_wrap=True)
    _show_surroundings(list(modes.results), console)


def _show_pairs(result: ABResult, console: Console) -> None:
    console.print(Text.assemble("A: ", _title(result.a)))
    console.print(Text.assemble("B: ", _title(result.b)))
    console.print()
    how = f"{len(result.samples_a)} pairs, isolated, in random order (seed {result.plan.seed})"
    console.print(_heading("A/B", how))
    median_a = statistics.percentile(result.samples_a.latency_s, 0.5)
    median_b = statistics.percentile(result.samples_b.latency_s, 0.5)
    unit = unit_for(median_a)
    table = _table(f"[{unit.name}]", "A", "B")
    table.add_row("median", unit.show(median_a), unit.show(median_b))
    console.print(_indented(table))
    comparison = result.comparison
    found = comparison.interval
    if found.bounds is None:
        interval = f"needs n ≥ {found.needs}"
    else:
        low, high = found.bounds
        interval = f"95 % interval {low - 1:+.2%} to {high - 1:+.2%}"
    text = f"  B is {comparison.ratio - 1:+.2%} on A ({interval}): "
    console.print(Text.assemble(text, (comparison.verdict, "bold")), soft_wrap=True)
    console.print()
    _show_environment(result.environment, console)
    _show_caveats(list(result.caveats), console)


def _show_selftest(result: SelftestResult, console: Console) -> None:
    verdict = "passed" if result.passed else "FAILED"
    console.print(_heading("Self-test", f"{result.device}: {verdict}"))
    console.print()
    table = _table("floor", "[ns]")
    for floor in result.floors:
        table.add_row(floor.name, significant(floor.seconds * 1e9))
    console.print(_indented(table))
    console.print()
    table = _table("mode", "known [µs]", "measured [µs]", "error [µs]", "error", "")
    for reading in result.readings:
        table.add_row(
            reading.mode,
            significant(reading.known_s * 1e6, 6),
            significant(reading.measured_s * 1e6, 6),
            f"{reading.error_s * 1e6:+.3f}",
            f"{reading.error_s / reading.known_s:+.2%}",
            _passed(reading.passed),
        )
    console.print(_indented(table))
    console.print()
    table = _table("mode", "intercept [µs]", "slope", "residual [µs]", "")
    for line in result.lines:
        slope, intercept = f"{line.slope:.5f}", f"{line.intercept_s * 1e6:+.3f}"
        residual = f"{line.residual_s * 1e6:.3f}"
        table.add_row(line.mode, intercept, slope, residual, _passed(line.passed))
    console.print(_indented(table))
    control = result.control
    if control is None:
        text = "wrong way (no synchronisation): needs CUDA, the host has nothing asynchronous"
    else:
        read, known = _duration(control.measured_s), _duration(control.known_s)
        shown = "as it must, it reads wrong" if control.passed else "FAILED: it reads right"
        text = f"wrong way (no synchronisation): {read} for work of {known}: {shown}"
    console.print(Text(f"  {text}"), soft_wrap=True)
    console.print()
    _show_environment(result.environment, console)


def _passed(passed: bool) -> str:
    return "ok" if passed else "FAILED"


def _show_surroundings(stages: list[Stage], console: Console) -> None:
    console.print()
    _show_environment(stages[0].environment, console)
    _show_caveats([caveat for stage in stages for caveat in stage.caveats], console)


def _stages(result: RunResult | ModesResult | Stage) -> list[Stage]:
    if isinstance(result, RunResult):
        stages = (result.latency, result.batch_size, result.sweep, result.throughput)
        return [part for stage in stages if stage is not None for part in _parts(stage, result)]
    if isinstance(result, ModesResult):
        return list(result.results)
    return _parts(result, RunResult())


def _parts(stage: Stage, shown: RunResult) -> list[Stage]:
    """The stage behind those that it holds and that are not shown anyway."""
    if isinstance(stage, ThroughputResult) and stage.sweep is not None:
        return [*_parts(stage.sweep, shown), stage]
    if isinstance(stage, SweepResult) and stage.search is not None:
        return [stage] if shown.batch_size == stage.search else [stage.search, stage]
    return [stage]


def _title(subject: Subject) -> Text:
    inputs = ", ".join(subject.inputs) or "no tensors"
    return Text.assemble(
        (subject.model, "bold"), f" · {inputs} · {subject.device} · {subject.call}"
    )


def _heading(name: str, how: str) -> Text:
    return Text.assemble((name, "bold"), "  ", how)


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, header in enumerate(headers):
        # As Text, so that a unit in brackets is not read as markup.
        table.add_column(Text(header), justify="left" if index == 0 else "right", no_wrap=True)
    return table


def _indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 2), expand=False)


def _show_latency(result: LatencyResult, console: Console) -> None:
    plan = result.plan
    cache = ", cache cold" if plan.cache is Cache.COLD else ""
    how = f"{plan.mode}, {plan.loop} loop{cache}, {len(result.latency_s)} repetitions"
    console.print(_heading("Latency", f"{how} after {plan.warm_up} warm-up calls"))
    unit = unit_for(result.median_s)
    columns = dict(_latency_columns(result))
    headline, *others = columns
    table = _table(f"[{unit.name}]", headline, "95 % interval", *others)
    means = [
        f"{unit.show(statistics.mean(x))} ± {unit.show(statistics.std(x))}"
        for x in columns.values()
    ]
    table.add_row("mean ± std", Text(means[0], "bold"), "", *means[1:])
    for label, p in (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("min", 0.0), ("max", 1.0)):
        kept = slice(len(result.latency_s) - len(result.kept_s) if 0 < p < 1 else 0, None)
        first, *rest = (_percentile(unit, x[kept], p) for x in columns.values())
        table.add_row(label, first, _interval(unit, result, p) if 0 < p < 1 else "", *rest)
    console.print(_indented(table))
    for line in _latency_facts(result):
        console.print(Text(f"  {line}"), soft_wrap=True)


def _latency_facts(result: LatencyResult) -> Iterator[str]:
    if result.judgement is not None and result.judgement.half_width is not None:
        verdict = "as asked" if result.converged else "not what was asked for"
        yield (
            f"median known to ±{result.judgement.half_width:.2%} ({verdict}); "
            f"{result.judgement.cut} samples at the front are warm-up"
        )
    summary = result.summary
    if summary.mad is not None and summary.effective is not None:
        yield f"worth {summary.effective:.0f} independent samples; MAD {_duration(summary.mad)}"
        yield f"beyond Tukey's fences: {summary.mild} (inner), of these {summary.far} (outer)"
    if result.first_call_s is not None:
        yield f"first call of all (warm-up): {_duration(result.first_call_s)}"
    if result.window_s is not None and result.window_call_s is not None:
        window, call = _duration(result.window_s), _duration(result.window_call_s)
        yield f"one wall window: {window}, {call} a call"
    if result.spin_s is not None:
        clean = result.samples.marked(Mark.CLEAN)
        yield f"behind a spin of {_duration(result.spin_s)}: {clean} of {len(result.samples)} clean"
    if result.floor_s is not None:
        yield f"floor (no work, same loop): {_duration(result.floor_s)}"
    if result.cold_over_warm is not None:
        yield f"cache: a read takes {significant(result.cold_over_warm, 3)} × as long when flushed"


def _duration(seconds: float) -> str:
    unit = unit_for(seconds)
    return f"{unit.show(seconds)} {unit.name}"


def _percentile(unit: Unit, x: FloatArray, p: float) -> Text:
    value = statistics.percentile(x, p)
    if value is None:
        return Text(f"needs n ≥ {statistics.least_samples(p)}", "bright_black")
    return Text(unit.show(value))


def _interval(unit: Unit, result: LatencyResult, p: float) -> Text:
    """Of the headline, the first column."""
    found = result.percentile_interval_s(p)
    if found.needs is not None:
        return Text(f"needs n ≥ {found.needs}", "bright_black")
    return Text(f"{unit.show(found.low_s)} to {unit.show(found.high_s)}")


def _latency_columns(result: LatencyResult) -> Iterator[tuple[str, FloatArray]]:
    samples = result.samples
    if samples.clock == "device" and samples.device_s is not None:
        yield "device time", samples.device_s
        if samples.enqueue_s is not None:
            yield "enqueue time", samples.enqueue_s
    if samples.host_s is not None:
        yield "host time", samples.host_s


def _show_batch_size(result: BatchSizeResult, console: Console) -> None:
    limit = result.memory_limit_bytes
    within = f", within {mebibytes(limit)} MiB" if limit is not None else ""
    where = " in a worker process" if any(probe.in_worker for probe in result.probes) else ""
    console.print(_heading("Batch size", f"{result.plan.strategy} search{where}{within}"))
    table = _table("size", "verdict", "peak [MiB]", "took [s]", "predicted limit")
    table.columns[1].justify = "left"
    for probe in result.probes:
        verdict = "fits" if probe.failure is None else f"too large ({probe.failure})"
        table.add_row(
            str(probe.batch_size),
            f"{verdict}, confirmed" if probe.afresh else verdict,
            mebibytes(probe.peak_bytes),
            f"{probe.probe_s:.2f}",
            "–" if probe.predicted is None else str(probe.predicted),
        )
    console.print(_indented(table))
    largest = Text.assemble("  largest: ", (str(result.max_batch_size), "bold"))
    console.print(largest.append(f", {_LIMITS[result.limit]}"))
    if result.batch_size != result.max_batch_size:
        console.print(f"  with a margin of {result.plan.margin:.3g}: {result.batch_size}")


def _show_sweep(result: SweepResult, console: Console) -> None:
    how = f"latency isolated, rate pipelined, {result.plan.rounds} rounds over all sizes"
    console.print(_heading("Sweep", f"{how}, {result.plan.loop} loop"))
    if not result.points:
        console.print("  interrupted before a size was measured")
        return
    measured = result.measured
    unit = unit_for(measured[0].latency_s(0.5) if measured else None)
    p = result.plan.percentile
    columns = (f"median [{unit.name}]", f"p{p * 100:g} [{unit.name}]")
    table = _table("size", *columns, "items/s", "95 % interval")
    for point in result.points:
        table.add_row(str(point.batch_size), *_sweep_row(unit, point, p))
    console.print(_indented(table))
    console.print()
    _show_memory(result, console)
    if measured:
        for line in _answers(result):
            console.print(Text("  ").append_text(line), soft_wrap=True)


def _sweep_row(unit: Unit, point: SweepPoint, p: float) -> Iterator[Text]:
    if not point.probe.fitted:
        yield Text("too large", "bright_black")
        return
    yield Text(unit.show(point.latency_s(0.5)))
    samples = point.latency
    yield Text("–") if samples is None else _percentile(unit, samples.latency_s, p)
    rate, interval = point.items_per_s, point.items_per_s_interval
    yield Text("–" if rate is None else significant(rate))
    yield Text("–" if interval is None else _between(interval))


def _between(interval: tuple[float, float]) -> str:
    return f"{significant(interval[0])} to {significant(interval[1])}"


def _show_memory(result: SweepResult, console: Console) -> None:
    rows = [(point.batch_size, point.probe.memory) for point in result.points]
    names = ("allocated", "reserved", "process", "device")
    known = [n for n in names if any(getattr(m, f"{n}_bytes") is not None for _, m in rows)]
    table = _table("size", *(f"{name} [MiB]" for name in known))
    for size, memory in rows:
        table.add_row(str(size), *(mebibytes(getattr(memory, f"{n}_bytes")) for n in known))
    if known:
        console.print(_indented(table))


def _answers(result: SweepResult) -> Iterator[Text]:
    if result.search is not None:
        limit = result.search.limit
        name = "memory limit" if limit == "memory" else "largest"
        yield _answer(name, result.search.max_batch_size, _LIMITS[limit])
    fastest, knee, largest = result.fastest, result.knee, result.largest
    yield _answer("fastest", fastest.batch_size, _rate(fastest))
    doubt = ""
    if result.knee_in_doubt:
        doubt = f"; by the intervals it may be {', '.join(map(str, result.knee_in_doubt))}"
    why = f"{_rate(knee)}: the smallest within 5 % of the fastest{doubt}"
    yield _answer("knee", knee.batch_size, why)
    bound = result.plan.max_latency_s
    if bound is not None:
        name = f"fastest with p{result.plan.percentile * 100:g} ≤ {_duration(bound)}"
        best = result.best_within
        if best is None:
            yield Text(f"{name}: none of the sizes")
        else:
            p = best.latency_s(result.plan.percentile)
            yield _answer(name, best.batch_size, f"{_rate(best)} at {_duration(p or 0.0)}")
    if largest is not fastest:
        ratio, interval = largest.rate_over(fastest)
        if interval is not None and interval[1] < 1:
            yield Text(
                f"the largest batch is not the fastest: {_rate(largest)} at {largest.batch_size}, "
                f"{_rate(fastest)} at {fastest.batch_size} ({ratio - 1:+.1%})"
            )


def _answer(name: str, batch_size: int, why: str) -> Text:
    return Text.assemble(f"{name}: ", (str(batch_size), "bold"), f", {why}")


def _rate(point: SweepPoint) -> str:
    return f"{significant(point.items_per_s or 0.0)} items/s"


def _show_throughput(result: ThroughputResult, console: Console) -> None:
    plan = result.plan
    threads = f", {plan.concurrency} threads" if plan.concurrency > 1 else ""
    how = f"batch size {result.batch_size}, {plan.batches} batches, pipelined{threads}"
    console.print(_heading("Throughput", f"{how}, {plan.loop} loop"))
    on_device = result.samples.clock == "device"
    sum_of = "event times (the article's formula)" if on_device else "host times"
    interval = result.items_per_s_interval
    table = _table("", "items/s", "95 % interval")
    headline = Text(significant(result.items_per_s), "bold")
    table.add_row("one wall window", headline, "" if interval is None else _between(interval))
    if plan.concurrency == 1:  # the times of several threads overlap: their sum is no time
        table.add_row(f"sum of {sum_of}", significant(result.event_items_per_s), "")
    console.print(_indented(table))
    if result.copied_bytes is not None:
        console.print(
            f"  includes copying {mebibytes(result.copied_bytes)} MiB to the device for each call, "
            "from pinned memory, while the call before computes",
            soft_wrap=True,
        )
    if result.speed_up is not None:
        console.print(f"  {result.speed_up:.2f} times the work of one thread alone")


def _show_environment(environment: Environment, console: Console) -> None:
    console.print(Text("Environment", "bold"))
    host, torch, device = environment.host, environment.torch, environment.device
    settings = torch.settings
    cores = f"{host.usable_cores or host.cores} cores"
    rows = [("host", f"{host.cpu}, {cores}, {mebibytes(host.total_memory_bytes)} MiB")]
    if host.governor is not None:
        rows.append(("governor", host.governor))
    if device.cuda_runtime_version is not None:
        persistence = {True: "on", False: "off", None: "unknown"}[device.persistence_mode]
        rows += [
            ("device", f"{device.model}, {mebibytes(device.total_memory_bytes)} MiB"),
            (
                "CUDA",
                f"runtime {device.cuda_runtime_version}, driver {device.driver_version or '?'}, "
                f"persistence mode {persistence}",
            ),
        ]
    rows += [
        (
            "torch",
            f"{torch.version}, {settings.threads} threads, matmul precision "
            f"{settings.float32_matmul_precision or 'set for single backends'}",
        ),
        ("python", f"{environment.python_version}, pytimer {environment.pytimer_version}"),
        *environment.variables.items(),
    ]
    for name, value in rows:
        console.print(Text(f"  {name:<9} {value}"), soft_wrap=True)


def _show_caveats(caveats: list[Caveat], console: Console) -> None:
    unique = list(dict.fromkeys(caveats))
    if not unique:
        return
    console.print()
    console.print(Text("Caveats", "bold"))
    for caveat in unique:
        console.print(Text(f"  {caveat.name}: {caveat.message}"), soft_wrap=True)
        console.print(Text(f"    → {caveat.remedy}"), soft_wrap=True)
