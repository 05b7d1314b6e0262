"""Latency, in one mode and in all."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer import statistics
from pytimer.equivalence import Equivalence
from pytimer.latency import LatencyResult
from pytimer.modes import ModesResult, mode_name
from pytimer.plan import Cache
from pytimer.report.bins import bins_of
from pytimer.report.layout import compilation, heading, indented, new_table, percentile, title
from pytimer.report.work import HOW, show_work
from pytimer.samples import FloatArray, Mark, Samples
from pytimer.statistics import Interval
from pytimer.units import Unit, duration, significant, unit_for

_PERCENTILES = (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("min", 0.0), ("max", 1.0))


def show_latency(result: LatencyResult, console: Console) -> None:
    plan = result.plan
    cache = ", cache cold" if plan.cache is Cache.COLD else ""
    how = f"{plan.mode}, {plan.loop} loop{cache}, {result.samples.calls} repetitions"
    console.print(heading("Latency", f"{how} after {plan.warm_up} warm-up calls"))
    has_blocks = result.samples.block > 1
    unit = unit_for(result.mean_s if has_blocks else result.median_s)
    columns = dict(latency_columns(result))
    headline, *others = columns
    table = new_table(f"[{unit.name}]", headline, "95 % interval", *others)
    means = [
        f"{unit.show(result.mean_of(name))} ± {unit.show(result.std_of(name))}"
        for name in map(column_of, columns)
    ]
    interval = _shown(unit, result.mean_interval_s()) if has_blocks else ""
    table.add_row("mean ± std", Text(means[0], "bold"), interval, *means[1:])
    for label, p in _PERCENTILES:
        if has_blocks:
            first, *rest = (percentile(unit, x, p) for x in columns.values())
            table.add_row(f"{label} of blocks", first, "", *rest)
            continue
        kept = slice(len(result.latency_s) - len(result.kept_s) if 0 < p < 1 else 0, None)
        first, *rest = (percentile(unit, x[kept], p) for x in columns.values())
        table.add_row(label, first, _interval(unit, result, p) if 0 < p < 1 else "", *rest)
    console.print(indented(table))
    for line in (*_histogram(unit, result.kept_s), *latency_facts(result)):
        console.print(Text(f"  {line}"), soft_wrap=True)
    show_work(result, console)


def _histogram(unit: Unit, x: FloatArray) -> Iterator[str]:
    bins = bins_of(x)
    if bins is not None:
        ends = [unit.show(end) for end in (bins.low, bins.high)]
        beyond = f"; {bins.outside} outside" if bins.outside else ""
        yield f"{ends[0]} |{bins.blocks}| {ends[1]} {unit.name}{beyond}"


def latency_facts(result: LatencyResult) -> Iterator[str]:
    """What else is known of it, a sentence each."""
    if result.samples.block > 1:
        yield blocks_kept(result.samples)
    if result.judgement is not None and result.judgement.half_width is not None:
        verdict = "as asked" if result.converged else "not what was asked for"
        yield (
            f"median known to ±{result.judgement.half_width:.2%} ({verdict}); "
            f"{result.judgement.cut} samples at the front are warm-up"
        )
    summary = result.summary
    if summary.mad is not None and summary.effective is not None:
        yield f"worth {summary.effective:.0f} independent samples; MAD {duration(summary.mad)}"
        yield f"beyond Tukey's fences: {summary.mild} (inner), of these {summary.far} (outer)"
    if result.first_call_s is not None:
        yield f"first call of all (warm-up): {duration(result.first_call_s)}"
    if result.compile_s is not None:
        yield compilation(result.compile_s)
    if result.window_s is not None and result.window_call_s is not None:
        window, call = duration(result.window_s), duration(result.window_call_s)
        yield f"one wall window: {window}, {call} a call"
    if result.spin_s is not None:
        clean = result.samples.marked(Mark.CLEAN)
        yield f"behind a spin of {duration(result.spin_s)}: {clean} of {len(result.samples)} clean"
    if result.floor_s is not None:
        yield f"floor (no work, same loop): {duration(result.floor_s)}"
    if result.equivalence is not None:
        yield outputs(result.equivalence)
    if result.cold_over_warm is not None:
        yield f"cache: a read takes {significant(result.cold_over_warm, 3)} × as long when flushed"


def blocks_kept(samples: Samples) -> str:
    shorter = "" if samples.last_block is None else f", the last of {samples.last_block}"
    return (
        f"kept: {len(samples)} {samples.words}{shorter}; mean and std are of all calls, what is of "
        "blocks is not of single calls"
    )


def outputs(equivalence: Equivalence) -> str:
    if equivalence.verdict == "not checkable":
        return f"outputs: equivalence not checkable: {equivalence.reason}"
    text = f"outputs: {equivalence.verdict} (against the reference"
    if equivalence.largest_difference is not None and equivalence.tolerance is not None:
        text += f", within {equivalence.tolerance:.0e}"
        text += f"; largest difference {equivalence.largest_difference:.1e}"
    return f"{text})"


def _interval(unit: Unit, result: LatencyResult, p: float) -> Text:
    """Of the headline, the first column."""
    return _shown(unit, result.percentile_interval_s(p))


def _shown(unit: Unit, found: Interval) -> Text:
    if found.needs is not None:
        return Text(f"needs n ≥ {found.needs}", "bright_black")
    return Text(f"{unit.show(found.low_s)} to {unit.show(found.high_s)}")


def column_of(name: str) -> str:
    """The column of the samples that is called `name`."""
    return f"{name.removesuffix(' time')}_s"


def latency_columns(result: LatencyResult) -> Iterator[tuple[str, FloatArray]]:
    """The measured times by name, the headline first."""
    samples = result.samples
    if samples.clock == "device" and samples.device_s is not None:
        yield "device time", samples.device_s
        if samples.enqueue_s is not None:
            yield "enqueue time", samples.enqueue_s
    if samples.host_s is not None:
        yield "host time", samples.host_s


def show_modes(modes: ModesResult, console: Console) -> None:
    console.print(title(modes.results[0].subject))
    console.print()
    plan = modes.results[0].plan
    how = f"{plan.repetitions} repetitions each, cache {plan.cache}, medians"
    console.print(heading("Modes", how))
    unit = unit_for(modes.results[0].median_s)
    columns = ("device time", "enqueue time", "host time", "window ÷ calls")
    table = new_table("", *(f"{name} [{unit.name}]" for name in columns), "clean")
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
    console.print(indented(table))
    if modes.results[0].compile_s is not None:
        console.print(f"  {compilation(modes.results[0].compile_s)}", soft_wrap=True)
    for missing in modes.missing:
        console.print(Text(f"  {missing.mode}: not measured: {missing.reason}"), soft_wrap=True)
    first = modes.results[0]
    show_work(first, console, how=f"{mode_name(first.plan)}; {HOW}")
