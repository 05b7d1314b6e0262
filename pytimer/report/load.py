"""Latency under load."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.text import Text

from pytimer.report.layout import heading, indented, new_table, title
from pytimer.require import LEAST
from pytimer.serving import Arrivals, LoadPoint, LoadResult
from pytimer.serving.verdict import CONFIDENCE
from pytimer.serving.words import name_of, outcome_of
from pytimer.units import Unit, duration, significant, unit_for


def show_load(result: LoadResult, console: Console) -> None:
    console.print(title(result.subject))
    console.print()
    plan = result.plan
    console.print(heading("Load", how(result)))
    if result.points:
        unit = unit_for(result.points[0].latency_s(0.5))
        theory = ["theory"] if plan.arrivals is Arrivals.POISSON else []
        percentiles = [f"p{p * 100:g}" for p in percentiles_of(result)]
        wait = f"wait [{unit.name}]"
        table = new_table("requests/s", "n", "busy", wait, *theory, *percentiles, "verdict")
        best = result.highest_valid
        for point in result.points:
            verdict = Text(outcome_of(result, point), "bold" if point is best else "")
            table.add_row(*_row(result, point, unit), verdict)
        console.print(indented(table))
    for line in answers(result):
        console.print(Text("  ").append_text(line), soft_wrap=True)


def bound_of(result: LoadResult) -> str:
    """What is asked of the latency; empty where nothing is."""
    bound_s = result.plan.max_latency_s
    return "" if bound_s is None else f"p{result.plan.percentile * 100:g} ≤ {duration(bound_s)}"


def how(result: LoadResult) -> str:
    plan = result.plan
    bound = bound_of(result)
    asked = f", asked for {bound}" if bound else ""
    if plan.idle_s is not None:
        return f"closed loop, {duration(plan.idle_s)} idle before each request{asked}"
    least = "≥ " if plan.rates == "auto" else ""
    return f"open loop, {plan.arrivals} arrivals for {least}{duration(plan.seconds)} each{asked}"


def percentiles_of(result: LoadResult) -> list[float]:
    """The median, and the one that the bound is for."""
    return list(dict.fromkeys((0.5, result.plan.percentile)))


def _row(result: LoadResult, point: LoadPoint, unit: Unit) -> Iterator[str]:
    rate, utilisation = point.rate_per_s, point.utilisation
    yield "paced" if rate is None else significant(rate)
    yield str(len(point.requests))
    yield "–" if utilisation is None else f"{utilisation:.0%}"
    yield unit.show(point.mean_wait_s)
    if result.plan.arrivals is Arrivals.POISSON:
        yield unit.show(result.predicted_wait_s(point))
    for p in percentiles_of(result):
        yield unit.show(point.latency_s(p))


def _why_none(result: LoadResult) -> str:
    if result.calls_exceed_bound:
        return "none, calls alone exceed it"
    return "none of those tried" if result.points else "none was tried"


def answers(result: LoadResult) -> Iterator[Text]:
    bound = bound_of(result)
    if bound and result.plan.idle_s is None:
        best = result.highest_valid
        name = f"highest rate with {bound} ({CONFIDENCE * 100:g} % confidence): "
        if best is None:
            yield Text(f"{name}{_why_none(result)}")
        else:
            yield Text.assemble(name, (name_of(best.rate_per_s), "bold"))
    if result.isolated is not None and result.isolated.host_s is not None:
        call_s = float(np.median(result.isolated.host_s))
        most = f": at most {significant(1 / call_s)} requests/s" if call_s >= LEAST else ""
        yield Text(f"a call alone takes {duration(call_s)} (median){most}")
    late = [s for point in result.points if (s := point.lateness_p99_s) is not None]
    if late:
        yield Text(f"requests that found the server idle began {duration(max(late))} late (p99)")
    for point in result.points:
        missing = point.scheduled - len(point.requests)
        if point.is_overload and missing:
            yield Text(
                f"at {name_of(point.rate_per_s)} {missing} of {point.scheduled} requests were not "
                "served"
            )
