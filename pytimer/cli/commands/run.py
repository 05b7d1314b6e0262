"""`pytimer run`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import (
    AUDIT,
    BATCHES,
    FLOP,
    ITEMS,
    LOOP,
    MODEL,
    OUTPUT,
    REPETITIONS,
    SEARCH,
    TIMEOUT,
    WARM_UP,
    options_of,
)


@click.command(
    short_help="Latency, largest batch size, sweep, and throughput.",
    epilog="Example: pytimer run efficientnet-b0 --json result.json",
)
@options_of(MODEL, ITEMS, WARM_UP, REPETITIONS, SEARCH, BATCHES, LOOP, AUDIT, FLOP, TIMEOUT, OUTPUT)
def run(model: str, batch_size: int, **options: Any) -> None:
    """Latency, the largest batch size, a sweep up to it, and the throughput at the fastest."""
    with job_of(model, batch_size, options) as job:
        result = pytimer.run(
            job.named.model,
            job.inputs,
            loop=options["loop"],
            warm_up=options["warm_up"],
            repetitions=options["repetitions"],
            batches=options["batches"],
            audit=options["audit"],
            flop=options["flop"],
            peak_flop_per_s=options["peak_flops"],
            on_stage=job.keep,
            **job.search(options),
        )
        job.finish(result)
