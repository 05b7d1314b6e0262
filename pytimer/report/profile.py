"""What a profile showed."""

from __future__ import annotations

from rich.console import Console

from pytimer.profiling import OperatorTime, ProfileResult
from pytimer.report.layout import heading, indented, new_table, title
from pytimer.units import duration, mebibytes, unit_for

SHOWN = 10


def show_profile(result: ProfileResult, console: Console) -> None:
    found = result.profiled
    console.print(title(result.subject))
    console.print()
    how = f"{result.path}, {mebibytes(result.size_bytes)} MiB, {result.repetitions} calls"
    console.print(heading("Profile", how), soft_wrap=True)
    on_device = any(operator.device_s is not None for operator in found.operators)
    per_call = [spent_s(operator) / result.repetitions for operator in found.operators]
    unit = unit_for(max(per_call, default=0.0))
    header = f"{'device' if on_device else 'host'} time [{unit.name}]"
    table = new_table("operator", "calls", header, "share")
    for operator, time_s in zip(found.operators[:SHOWN], per_call, strict=False):
        table.add_row(
            operator.name,
            f"{operator.calls / result.repetitions:g}",
            unit.show(time_s),
            f"{time_s / sum(per_call):.1%}",
        )
    console.print(indented(table))
    rest = per_call[SHOWN:]
    if rest:
        console.print(f"  and {len(rest)} more: {sum(rest) / sum(per_call):.1%}")
    console.print(f"  {advice(result)}")


def advice(result: ProfileResult) -> str:
    found = result.profiled
    return (
        f"Calls, times and shares are of one call. It takes {duration(found.call_s)}, and under "
        f"the profiler {duration(found.profiled_call_s)} ({result.slowdown:.2f} times as long): "
        "read shares, not times."
    )


def spent_s(operator: OperatorTime) -> float:
    """Seconds on the device, or on the host where there is none."""
    return operator.host_s if operator.device_s is None else operator.device_s
