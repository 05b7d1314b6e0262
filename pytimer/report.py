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

Stage = LatencyResult | BatchSizeResult | ThroughputResult

_LIMITS = {
    "memory": "a larger one does not fit into memory",
    "index": "a larger one exceeds an index or the launch grid",
    "cap": "the largest that was allowed",
    "rate": "larger ones are hardly faster",
    "time": "the time was up",
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
    else:
        if stage.search is not None:
            _show_batch_size(stage.search, console)
            console.print()
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
    if found.low_s is None or found.high_s is None:
        interval = f"needs n ≥ {found.needs}"
    else:
        interval = f"95 % interval {found.low_s - 1:+.2%} to {found.high_s - 1:+.2%}"
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
        stages = (result.latency, result.batch_size, result.throughput)
        return [stage for stage in stages if stage is not None]
    if isinstance(result, ModesResult):
        return list(result.results)
    return [result]


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
    console.print(_heading("Batch size", f"{result.plan.strategy} search{within}"))
    unit = unit_for(min((p.call_s for p in result.probes if p.call_s is not None), default=None))
    table = _table("size", "", f"call [{unit.name}]", "items/s", "peak [MiB]")
    for probe in result.probes:
        rate = probe.items_per_s
        table.add_row(
            str(probe.batch_size),
            "fits" if probe.failure is None else f"too large ({probe.failure})",
            unit.show(probe.call_s),
            "–" if rate is None else significant(rate),
            mebibytes(probe.peak_bytes),
        )
    console.print(_indented(table))
    largest = Text.assemble("  largest: ", (str(result.max_batch_size), "bold"))
    console.print(largest.append(f", {_LIMITS[result.limit]}"))


def _show_throughput(result: ThroughputResult, console: Console) -> None:
    plan = result.plan
    how = f"batch size {result.batch_size}, {plan.batches} batches, pipelined, {plan.loop} loop"
    console.print(_heading("Throughput", how))
    on_device = result.samples.clock == "device"
    sum_of = "event times (the article's formula)" if on_device else "host times"
    table = _table("", "items/s")
    table.add_row("one wall window", Text(significant(result.items_per_s), "bold"))
    table.add_row(f"sum of {sum_of}", significant(result.event_items_per_s))
    console.print(_indented(table))


def _show_environment(environment: Environment, console: Console) -> None:
    console.print(Text("Environment", "bold"))
    host, torch, device = environment.host, environment.torch, environment.device
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
            f"{torch.version}, {torch.threads} threads, "
            f"matmul precision {torch.float32_matmul_precision}",
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
