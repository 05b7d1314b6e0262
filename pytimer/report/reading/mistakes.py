"""The mistakes beside the correct measurement."""

from __future__ import annotations

from collections.abc import Iterator

from pytimer.mistakes import ColdStart, Mistake, MistakesResult
from pytimer.report.document import (
    Bar,
    Bars,
    Column,
    Figure,
    Landmark,
    Quantity,
    Section,
    Series,
    Table,
    Value,
)
from pytimer.report.mistakes import cold_stages, sentence
from pytimer.report.reading.common import bounds_or_blank, interval_columns, seconds, series_of
from pytimer.units import significant


def headline_of_mistakes(result: MistakesResult) -> tuple[tuple[str, str], ...]:
    shown = [row for row in result.rows if row.factor is not None]
    worst = max(shown, key=lambda row: abs((row.factor or 1.0) - 1), default=None)
    if worst is None:
        return (("mistakes shown", "none"),)
    return (
        ("mistakes shown", f"{len(shown)} of {len(result.rows)}"),
        ("furthest off", f"{worst.name}: {significant(worst.factor or 0.0, 3)} times"),
    )


def mistakes_sections(result: MistakesResult) -> Iterator[Section]:
    plan = result.plan
    yield Section(
        "Mistakes",
        f"{plan.repetitions} samples of each way, interleaved in {plan.rounds} rounds",
        tables=(mistakes_table(result),),
        figures=tuple(_factors(result)),
        facts=tuple(f"{row.name}: {sentence(row, result)}" for row in result.rows),
        series=tuple(_series(result)),
    )
    if result.cold is not None:
        yield _cold_section(result.cold)


def mistakes_table(result: MistakesResult) -> Table:
    columns = (
        Column("mistake", "mistake"),
        Column("per", "per"),
        seconds("correct", "correct"),
        seconds("± std", "correct_std"),
        seconds("mistaken", "mistaken"),
        seconds("± std", "mistaken_std"),
        Column("factor", "factor", Quantity.FACTOR),
        *interval_columns("factor{}", Quantity.FACTOR),
    )
    rows = tuple(_row(row) for row in result.rows if row.missing is None)
    return Table("Correct and mistaken, means", columns, rows)


def _row(row: Mistake) -> tuple[Value, ...]:
    arms: list[Value] = []
    for arm in (row.correct, row.mistaken):
        arms += (None, None) if arm is None else (arm.mean_s, arm.std_s)
    return row.name, row.per, *arms, row.factor, *bounds_or_blank(row.interval)


def _factors(result: MistakesResult) -> Iterator[Figure]:
    bars = tuple(
        Bar(row.name, row.factor, row.interval) for row in result.rows if row.factor is not None
    )
    if bars:
        text = "; ".join(f"{bar.name} {significant(bar.value, 3)}" for bar in bars)
        title = "Mistaken ÷ correct"
        yield Bars(title, f"Factors: {text}.", bars, "factor", (Landmark("correct", 1.0),))


def _series(result: MistakesResult) -> Iterator[Series]:
    for row in result.rows:
        for way, arm in (("correct", row.correct), ("mistaken", row.mistaken)):
            if arm is not None:
                columns = {f"{row.per}_s": arm.seconds}
                name = f"{row.name}/{way}"
                yield Series(name, columns, f"{row.per}_s", rounds=arm.round_starts)


def _cold_section(cold: ColdStart) -> Section:
    rows = tuple(
        (stage, "needs CUDA" if took_s is None else took_s) for stage, took_s in cold_stages(cold)
    )
    return Section(
        "Cold start",
        "in a process of its own, host time; torch is imported",
        tables=(Table("Stages", (Column("stage", "stage"), seconds("took", "stage")), rows),),
        series=(series_of("cold start", cold.samples, cut=cold.warm_up),),
    )
