"""What was measured side by side: two models, two loops."""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.text import Text

from pytimer import statistics
from pytimer.overhead import LoopsResult
from pytimer.pairs import ABResult
from pytimer.report.layout import heading, indented, new_table, over_rounds, title
from pytimer.units import significant, unit_for


def show_pairs(result: ABResult, console: Console) -> None:
    console.print(Text.assemble("A: ", title(result.a)))
    console.print(Text.assemble("B: ", title(result.b)))
    console.print()
    how = f"{len(result.samples_a)} pairs, isolated, in random order (seed {result.plan.seed})"
    console.print(heading("A/B", how))
    median_a = statistics.percentile(result.samples_a.latency_s, 0.5)
    median_b = statistics.percentile(result.samples_b.latency_s, 0.5)
    unit = unit_for(median_a)
    table = new_table(f"[{unit.name}]", "A", "B")
    table.add_row("median", unit.show(median_a), unit.show(median_b))
    console.print(indented(table))
    text = f"  {difference(result)}: "
    console.print(Text.assemble(text, (result.comparison.verdict, "bold")), soft_wrap=True)


def difference(result: ABResult) -> str:
    comparison = result.comparison
    found = comparison.interval
    if found.bounds is None:
        interval = f"needs n ≥ {found.needs}"
    else:
        low, high = found.bounds
        interval = f"95 % interval {low - 1:+.2%} to {high - 1:+.2%}"
    return f"B is {comparison.ratio - 1:+.2%} on A ({interval})"


def show_loops(result: LoopsResult, console: Console) -> None:
    has_model = result.native.latency_s is not None
    if has_model:
        console.print(title(result.subject))
        console.print()
    rounds = len(result.saved_s)
    console.print(heading("Overhead", f"of the loops, interleaved, {rounds} rounds"))
    read = ["host time"] if result.native.empty_device_s is None else ["host time", "device time"]
    table = new_table("no-op [ns]", "harness", "95 % interval", *(f"reads {name}" for name in read))
    for name, loop in result.loops.items():
        device_s = [] if loop.empty_device_s is None else [loop.empty_device_s]
        table.add_row(
            f"{name} loop",
            *over_rounds(loop.harness_s, 1e9),
            *(significant(float(np.median(x)) * 1e9) for x in (loop.empty_host_s, *device_s)),
        )
    table.add_row("saved", *over_rounds(result.saved_s, 1e9))
    console.print(indented(table))
    if has_model:
        console.print()
        _show_loops_of_model(result, console)


def _show_loops_of_model(result: LoopsResult, console: Console) -> None:
    assert result.ratios is not None, "there is a model"
    assert result.native.latency_s is not None, "there is a model"
    unit = unit_for(float(np.median(result.native.latency_s)))
    table = new_table(f"{result.subject.model} [{unit.name}]", "median", "95 % interval")
    for name, loop in result.loops.items():
        if loop.latency_s is not None:
            table.add_row(f"{name} loop", *over_rounds(loop.latency_s, unit.per_second))
    console.print(indented(table))
    for name, loop in result.loops.items():
        if loop.share is not None:
            share, interval = over_rounds(loop.share, 100, digits=2)
            console.print(f"  the {name} loop's harness is {share} % of it ({interval})")
    ratio, interval = over_rounds(result.ratios, 1)
    if result.subject.call in ("aoti", "torchscript"):
        console.print("  the Python loop calls it from Python, the native loop without")
    text = f"  python loop ÷ native loop: {ratio} ({interval}): the choice of the loop "
    console.print(Text.assemble(text, (f"{result.verdict}", "bold")), soft_wrap=True)
