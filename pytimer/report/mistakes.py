"""The mistakes beside the correct measurement: factors, reasons, and the cold start."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer.mistakes import Arm, ColdStart, Mistake, MistakesResult
from pytimer.report.layout import between, heading, indented, new_table, title
from pytimer.units import Unit, significant, unit_for

_DIGITS = 3


def show_mistakes(result: MistakesResult, console: Console) -> None:
    plan = result.plan
    console.print(title(result.subject))
    console.print()
    how = f"{plan.repetitions} samples of each way, interleaved in {plan.rounds} rounds"
    console.print(heading("Mistakes", how))
    shown = [row for row in result.rows if row.missing is None]
    if shown:
        _show_table(shown, console)
    for row in result.rows:
        console.print(Text(f"  {row.name}: {sentence(row, result)}"), soft_wrap=True)
    if result.cold is not None:
        console.print()
        _show_cold(result.cold, result.environment.device.persistence_mode, console)


def sentence(row: Mistake, result: MistakesResult) -> str:
    """Why it reads wrong, with what was found; or why it is not shown."""
    if row.missing is not None:
        return row.missing
    if row.name == "single-sample":
        return f"{row.why}: {_spread(row)} times the mean"
    if row.name == "largest-batch" and result.sweep is not None:
        largest, fastest = result.sweep.largest.batch_size, result.sweep.fastest.batch_size
        found = "it is here" if largest == fastest else f"here {fastest} is, not {largest}"
        return f"{row.why}: {found}"
    return row.why


def _spread(row: Mistake) -> str:
    worst = f"at most {significant(row.factor or 0.0, _DIGITS)}"
    if row.interval is None:
        return worst
    return f"95 % of them read {between(row.interval, _DIGITS)}, {worst}"


def _show_table(shown: list[Mistake], console: Console) -> None:
    unit = unit_for(next(row.correct.mean_s for row in shown if row.correct is not None))
    table = new_table(f"[{unit.name}]", "correct", "mistaken", "factor", "95 % interval")
    for row in shown:
        assert row.correct is not None, "it is shown"
        assert row.mistaken is not None, "it is shown"
        table.add_row(
            row.name if row.per == "call" else f"{row.name}, per {row.per}",
            _bar(row.correct, unit),
            Text(_bar(row.mistaken, unit), "bold"),
            "–" if row.factor is None else significant(row.factor, _DIGITS),
            "" if row.interval is None else between(row.interval, _DIGITS),
        )
    console.print(indented(table))


def _bar(arm: Arm, unit: Unit) -> str:
    """Mean ± standard deviation, with as many decimals as the mean."""
    mean = significant(arm.mean_s * unit.per_second, _DIGITS)
    if arm.std_s is None:
        return mean
    decimals = len(mean.partition(".")[2])
    return f"{mean} ± {arm.std_s * unit.per_second:.{decimals}f}"


def _show_cold(cold: ColdStart, persistence_mode: bool | None, console: Console) -> None:
    unit = unit_for(cold.steady_s)
    console.print(heading("Cold start", "in a process of its own, host time; torch is imported"))
    table = new_table("stage", f"[{unit.name}]")
    for stage, seconds in cold_stages(cold):
        table.add_row(stage, "needs CUDA" if seconds is None else unit.show(seconds))
    console.print(indented(table))
    if cold.initialisation_s is not None:
        mode = {True: "on", False: "off", None: "unknown"}[persistence_mode]
        text = f"  persistence mode {mode}; the driver was in use by this process meanwhile"
        console.print(Text(text), soft_wrap=True)


def cold_stages(cold: ColdStart) -> Iterator[tuple[str, float | None]]:
    yield "device initialisation", cold.initialisation_s
    yield "model and inputs onto the device", cold.placing_s
    if cold.compile_s is not None:
        yield "torch.compile", cold.compile_s
    yield "first call", cold.first_s
    if cold.tail_s is not None:
        yield f"calls 2 to {cold.warm_up}, mean", cold.tail_s
    yield "calls after these, mean", cold.steady_s
