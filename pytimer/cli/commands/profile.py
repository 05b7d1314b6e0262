"""`pytimer profile`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import ITEMS, MODEL, OUTPUT, TIMEOUT, WARM_UP, FilePath, number, options_of


@click.command(
    short_help="Where the time of a call goes, by torch's profiler.",
    epilog="Example: pytimer profile efficientnet-b0 -o trace.json",
)
@options_of(MODEL, ITEMS, WARM_UP, TIMEOUT, OUTPUT)
@click.option(
    "-o", "--output", required=True, type=FilePath(), metavar="FILE", help="Ends in .json[.gz]."
)
@number("--repetitions", 10, "CALLS", "In the trace.")
def profile(model: str, batch_size: int, output: str, **options: Any) -> None:
    """Where the time of a call goes, by torch's profiler in a process of its own."""
    with job_of(model, batch_size, options) as job:
        result = pytimer.profile(
            job.named.model,
            job.inputs,
            output,
            warm_up=options["warm_up"],
            repetitions=options["repetitions"],
            **job.common,
        )
        job.finish(result)
