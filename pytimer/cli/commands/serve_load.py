"""`pytimer serve-load`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import (
    ITEMS,
    MODEL,
    OUTPUT,
    PERCENTILE,
    TIMEOUT,
    WARM_UP,
    choice,
    duration,
    number,
    options_of,
    rates,
)


@click.command(
    "serve-load",
    epilog="Example: pytimer serve-load efficientnet-b0 --rate auto --max-latency 100ms",
)
@options_of(MODEL, ITEMS, WARM_UP, TIMEOUT, OUTPUT)
@click.option(
    "--rate",
    type=rates,
    metavar="RATES",
    help="Requests per second such as 50,100; auto: the highest within --max-latency.",
)
@choice(
    "--arrivals", ["poisson", "uniform"], "Exponential gaps between requests, or constant ones."
)
@click.option(
    "--idle",
    type=duration,
    metavar="T",
    help="Instead of a rate: each request comes T after the one before was finished.",
)
@click.option(
    "--max-latency",
    type=duration,
    metavar="T",
    help="Say of each rate whether it keeps this latency, such as 50ms.",
)
@PERCENTILE
@number("--seconds", 10.0, "S", "The window in which requests arrive, at each rate.")
@number("--most-waiting", 1000, "N", "Requests that may wait; more are overload.")
def serve_load(model: str, batch_size: int, **options: Any) -> None:
    """Latency under load, and the highest rate that keeps a bound."""
    with job_of(model, batch_size, options) as job:
        result = pytimer.measure_load(
            job.named.model,
            job.inputs,
            rates=options["rate"] or (),
            arrivals=options["arrivals"],
            idle_s=options["idle"],
            max_latency_s=options["max_latency"],
            percentile=options["percentile"] / 100,
            seconds=options["seconds"],
            most_waiting=options["most_waiting"],
            warm_up=options["warm_up"],
            seed=options["seed"],
            **job.common,
        )
        job.finish(result)
