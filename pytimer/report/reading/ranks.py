"""Ranks that measured together."""

from __future__ import annotations

from pytimer.ranks import RankResult, RanksResult
from pytimer.report.document import Bar, Bars, Column, Quantity, Section, Table, Window
from pytimer.report.ranks import how_of_ranks, ranks_facts
from pytimer.report.reading.common import series_of
from pytimer.throughput import ThroughputResult
from pytimer.units import duration, significant


def headline_of_ranks(result: RanksResult) -> tuple[tuple[str, str], ...]:
    if result.items_per_s is not None:
        rate = (f"throughput of {result.world_size} ranks", _rate(result.items_per_s))
        if result.efficiency is None:
            return (rate,)
        return (rate, ("scaling efficiency", f"{result.efficiency:.1%}"))
    if not result.ranks:
        return (("rank 0 alone", _figure_text(result.first)),)
    return tuple((f"rank {rank.rank}", _figure_text(rank.measured)) for rank in result.ranks)


def ranks_section(result: RanksResult) -> Section:
    is_rate = isinstance(result.first, ThroughputResult)
    figure = Column("median", "median_s", Quantity.SECONDS)
    if is_rate:
        figure = Column("items/s", "items_per_s", Quantity.RATE)
    columns = (Column("rank", "rank"), Column("node", "node"), figure)
    clocks = (
        Column("began", "opened_s", Quantity.SECONDS),
        Column("clock offset", "offset_s", Quantity.SECONDS),
        Column("known to ±", "uncertainty_s", Quantity.SECONDS),
    )
    figures = tuple((f"rank {rank.rank}", _figure(rank.measured)) for rank in result.ranks)
    known = "; ".join(f"rank {rank.rank} {_figure_text(rank.measured)}" for rank in result.ranks)
    bars = (Bars("Each rank", f"{known}.", tuple(Bar(*one) for one in figures), _unit(is_rate)),)
    return Section(
        "Ranks",
        how_of_ranks(result),
        tables=(
            Table("Each rank", columns, tuple(map(_row, result.ranks))),
            Table("Clocks, as seen from rank 0", (columns[0], *clocks), _clock_rows(result)),
        ),
        figures=bars if result.ranks else (),
        facts=tuple(ranks_facts(result)),
        series=tuple(
            series_of(f"rank {one.rank}", one.measured.samples, warm_up=one.measured.warm_up)
            for one in result.ranks
        ),
        windows=tuple(
            Window(
                f"rank {one.rank}",
                one.measured.batch_size,
                len(one.measured.samples),
                one.measured.window_s,
            )
            for one in result.ranks
            if isinstance(one.measured, ThroughputResult)
        ),
    )


def _unit(is_rate: bool) -> str | None:
    return "items/s" if is_rate else None


def _row(rank: RankResult) -> tuple[str, str, float]:
    return str(rank.rank), rank.node, _figure(rank.measured)


def _clock_rows(result: RanksResult) -> tuple[tuple[str, float, float, float], ...]:
    return tuple(
        (str(rank.rank), rank.opened_s, rank.clock.offset_s, rank.clock.uncertainty_s)
        for rank in result.ranks
    )


def _figure(measured: object) -> float:
    if isinstance(measured, ThroughputResult):
        return measured.items_per_s
    return float(getattr(measured, "median_s", None) or 0.0)


def _figure_text(measured: object) -> str:
    figure = _figure(measured)
    return _rate(figure) if isinstance(measured, ThroughputResult) else duration(figure)


def _rate(items_per_s: float) -> str:
    return f"{significant(items_per_s)} items/s"
