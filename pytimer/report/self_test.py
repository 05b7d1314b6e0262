"""The self-test."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pytimer.report.layout import heading, indented, new_table
from pytimer.self_test import SelftestResult
from pytimer.units import duration, significant


def show_selftest(result: SelftestResult, console: Console) -> None:
    outcome = "passed" if result.passed else "FAILED"
    console.print(heading("Self-test", f"{result.device}: {outcome}"))
    console.print()
    table = new_table("floor", "[ns]")
    for floor in result.floors:
        table.add_row(floor.name, significant(floor.seconds * 1e9))
    console.print(indented(table))
    console.print()
    table = new_table("mode", "known [µs]", "measured [µs]", "error [µs]", "error", "")
    for reading in result.readings:
        table.add_row(
            reading.mode,
            significant(reading.known_s * 1e6, 6),
            significant(reading.measured_s * 1e6, 6),
            f"{reading.error_s * 1e6:+.3f}",
            f"{reading.error_s / reading.known_s:+.2%}",
            verdict(reading.passed),
        )
    console.print(indented(table))
    console.print()
    table = new_table("mode", "intercept [µs]", "slope", "residual [µs]", "")
    for line in result.lines:
        slope, intercept = f"{line.slope:.5f}", f"{line.intercept_s * 1e6:+.3f}"
        residual = f"{line.residual_s * 1e6:.3f}"
        table.add_row(line.mode, intercept, slope, residual, verdict(line.passed))
    console.print(indented(table))
    console.print(Text(f"  {control_sentence(result)}"), soft_wrap=True)


def control_sentence(result: SelftestResult) -> str:
    control = result.control
    if control is None:
        return "wrong way (no synchronisation): needs CUDA, the host has nothing asynchronous"
    read, known = duration(control.measured_s), duration(control.known_s)
    shown = "as it must, it reads wrong" if control.passed else "FAILED: it reads right"
    return f"wrong way (no synchronisation): {read} for work of {known}: {shown}"


def verdict(passed: bool) -> str:
    return "ok" if passed else "FAILED"
