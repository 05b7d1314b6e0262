"""`pytimer sweep`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import (
    LOOP,
    MODEL,
    OUTPUT,
    PERCENTILE,
    ROUNDS_OF_SWEEP,
    SEARCH,
    TIMEOUT,
    duration,
    options_of,
    sizes,
)


@click.command(
    short_help="Latency, items per second and memory over batch sizes.",
    epilog="Example: pytimer sweep efficientnet-b0 --batch-sizes 1,2,4,8",
)
@options_of(MODEL, SEARCH, ROUNDS_OF_SWEEP, LOOP, TIMEOUT, OUTPUT)
@click.option(
    "--batch-sizes",
    type=sizes,
    default="auto",
    show_default=True,
    metavar="SIZES",
    help="Sizes such as 1,2,4; auto: powers of two up to the memory limit, more at the fastest.",
)
@click.option(
    "--max-latency",
    type=duration,
    metavar="T",
    help="Name the fastest size within this latency, such as 20ms.",
)
@PERCENTILE
def sweep(model: str, **options: Any) -> None:
    """Latency, items per second and memory over batch sizes; limit, knee and fastest."""
    with job_of(model, 1, options) as job:
        result = pytimer.sweep(
            job.named.model,
            job.inputs,
            batch_sizes=options["batch_sizes"],
            max_latency_s=options["max_latency"],
            percentile=options["percentile"] / 100,
            rounds=options["rounds"],
            seconds_per_size=options["seconds_per_size"],
            loop=options["loop"],
            **job.search(options),
        )
        job.finish(result)
