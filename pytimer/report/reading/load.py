"""Latency under load."""

from __future__ import annotations

import numpy as np

from pytimer import statistics
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
)
from pytimer.report.load import answers, bound_of, how, percentiles_of
from pytimer.report.reading.common import seconds
from pytimer.serving import LoadPoint, LoadResult
from pytimer.serving.words import name_of, outcome_of, shown_of
from pytimer.units import duration


def headline_of_load(result: LoadResult) -> tuple[tuple[str, str], ...]:
    bound = bound_of(result)
    if not bound or result.plan.idle_s is not None:
        return tuple((name_of(p.rate_per_s), shown_of(result, p)) for p in result.points)
    best = result.highest_valid
    found = "none" if best is None else name_of(best.rate_per_s)
    return (("highest rate", f"{found} with {bound}"),)


def load_section(result: LoadResult) -> Section:
    tables = [load_table(result)] if result.points else []
    if result.isolated is not None:
        tables.append(_isolated_table(result))
    return Section(
        "Load",
        how(result),
        tables=tuple(tables),
        figures=_figures(result),
        facts=tuple(line.plain for line in answers(result)),
        series=tuple(_series(point) for point in result.points if len(point.requests)),
    )


def load_table(result: LoadResult) -> Table:
    columns = (
        Column("requests/s", "rate_per_s", Quantity.RATE),
        Column("served", "served", Quantity.COUNT),
        Column("scheduled", "scheduled", Quantity.COUNT),
        Column("utilisation", "utilisation", Quantity.SHARE),
        seconds("mean wait", "mean_wait"),
        seconds("theory", "predicted_wait"),
        *_percentile_columns(result),
        Column("verdict", "verdict"),
    )
    rows = tuple(
        (
            point.rate_per_s,
            len(point.requests),
            point.scheduled,
            point.utilisation,
            point.mean_wait_s,
            result.predicted_wait_s(point),
            *(point.latency_s(p) for p in percentiles_of(result)),
            outcome_of(result, point),
        )
        for point in result.points
    )
    return Table("Rates of arrival", columns, rows)


def _percentile_columns(result: LoadResult) -> list[Column]:
    return [seconds(f"p{p * 100:g}", f"p{p * 100:g}") for p in percentiles_of(result)]


def _isolated_table(result: LoadResult) -> Table:
    assert result.isolated is not None, "asked for where it is there"
    call_s = result.isolated.latency_s
    percentiles = (statistics.percentile(call_s, p) for p in percentiles_of(result))
    columns = (
        Column("calls", "calls", Quantity.COUNT),
        seconds("mean", "mean"),
        *_percentile_columns(result),
    )
    return Table("Calls alone", columns, ((len(call_s), statistics.mean(call_s), *percentiles),))


def _figures(result: LoadResult) -> tuple[Figure, ...]:
    p, bound_s = result.plan.percentile, result.plan.max_latency_s
    known = [(point, s) for point in result.points if (s := point.latency_s(p)) is not None]
    bars = tuple(Bar(name_of(point.rate_per_s), s) for point, s in known)
    if not bars:
        return ()
    text = ", ".join(f"{bar.name} {duration(bar.value)}" for bar in bars)
    marks = () if bound_s is None else (Landmark("bound", bound_s),)
    return (Bars(f"p{p * 100:g} of the latency", f"{text}.", bars, marks=marks),)


def _series(point: LoadPoint) -> Series:
    requests = point.requests
    rate = "paced" if point.rate_per_s is None else f"rate:{point.rate_per_s:g}"
    columns = {
        "latency_s": requests.latency_s,
        "wait_s": requests.wait_s,
        "service_s": requests.service_s,
        "arrival_s": np.asarray(requests.arrival_s),
    }
    return Series(f"requests/{rate}", columns, "latency_s")
