"""`pytimer throughput`."""

from __future__ import annotations

from typing import Any, Literal

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import (
    BATCHES,
    FLOP,
    LOOP,
    MODEL,
    OUTPUT,
    PROCESSES,
    SEARCH,
    TIMEOUT,
    WARM_UP,
    number,
    options_of,
    size_or_auto,
)
from pytimer.cli.ranks import several_ranks, throughput_together


@click.command(
    short_help="How many items per second, in one wall window.",
    epilog="Example: pytimer throughput efficientnet-b0 --batch-size 32 --batches 100",
)
@options_of(MODEL, WARM_UP, SEARCH, BATCHES, PROCESSES, LOOP, FLOP, TIMEOUT, OUTPUT)
@click.option(
    "--batch-size",
    type=size_or_auto,
    default="auto",
    show_default=True,
    metavar="ITEMS",
    help="Items in one call; auto: the fastest up to the memory limit.",
)
@number(
    "--concurrency", 1, "N", "Threads that call at the same time, each with a stream of its own."
)
@click.option(
    "--host-to-device",
    is_flag=True,
    help="Copy each call's inputs from pinned memory, overlapped; needs CUDA.",
)
def throughput(model: str, batch_size: int | Literal["auto"], **options: Any) -> None:
    """How many items per second: batches × batch size ÷ one wall window."""
    if several_ranks():
        throughput_together(model, batch_size, options)
        return
    with job_of(model, 1, options) as job:
        result = job.measured(
            pytimer.measure_throughput,
            options["processes"],
            batch_size=batch_size,
            batches=options["batches"],
            warm_up=options["warm_up"],
            loop=options["loop"],
            concurrency=options["concurrency"],
            host_to_device=options["host_to_device"],
            flop=options["flop"],
            peak_flop_per_s=options["peak_flops"],
            **job.search(options),
        )
        job.finish(result)
