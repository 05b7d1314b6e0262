"""What was exported, and what was profiled."""

from __future__ import annotations

from pytimer.exporting import ExportResult
from pytimer.profiling import ProfileResult
from pytimer.report.document import Bar, Bars, Column, Quantity, Section, Table
from pytimer.report.latency import outputs
from pytimer.report.profile import SHOWN, advice, spent_s
from pytimer.report.reading.common import seconds
from pytimer.units import duration, mebibytes


def headline_of_export(result: ExportResult) -> tuple[tuple[str, str], ...]:
    return (
        ("package", f"{mebibytes(result.size_bytes)} MiB"),
        ("outputs", result.equivalence.verdict),
    )


def export_section(result: ExportResult) -> Section:
    batch = "any batch size" if result.dynamic_batch else "this batch size"
    columns = (
        Column("package", "path"),
        Column("size", "size_bytes", Quantity.BYTES),
        seconds("exported in", "export"),
        seconds("compiled in", "compile"),
    )
    row = (result.path, result.size_bytes, result.export_s, result.compile_s)
    return Section(
        "Export",
        batch,
        tables=(Table("The package", columns, (row,)),),
        facts=(outputs(result.equivalence),),
    )


def headline_of_profile(result: ProfileResult) -> tuple[tuple[str, str], ...]:
    first, *_ = [operator.name for operator in result.profiled.operators] or ["none"]
    return (
        ("one call", duration(result.profiled.call_s)),
        ("most of it in", first),
    )


def profile_section(result: ProfileResult) -> Section:
    found = result.profiled
    on_device = any(operator.device_s is not None for operator in found.operators)
    per_call = [spent_s(operator) / result.repetitions for operator in found.operators]
    total = sum(per_call) or 1.0
    rows = tuple(
        (operator.name, operator.calls / result.repetitions, time_s, time_s / total)
        for operator, time_s in zip(found.operators, per_call, strict=True)
    )
    clock = "device" if on_device else "host"
    columns = (
        Column("operator", "operator"),
        Column("calls", "calls", Quantity.COUNT),
        seconds(f"{clock} time", clock),
        Column("share", "share", Quantity.SHARE),
    )
    bars = tuple(
        Bar(operator.name, 100 * time_s / total)
        for operator, time_s in list(zip(found.operators, per_call, strict=True))[:SHOWN]
    )
    text = ", ".join(f"{bar.name} {bar.value:.1f} %" for bar in bars)
    figure = Bars(f"Where the {clock} time goes", f"Of one call: {text}.", bars, "%")
    return Section(
        "Profile",
        f"{result.path}, {mebibytes(result.size_bytes)} MiB, {result.repetitions} calls",
        tables=(Table("Operators, of one call", columns, rows),),
        figures=(figure,) if bars else (),
        facts=(advice(result),),
    )
