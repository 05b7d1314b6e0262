"""`pytimer batch-size`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import MODEL, OUTPUT, SEARCH, TIMEOUT, fraction, number, options_of


@click.command(
    "batch-size", epilog="Example: pytimer batch-size efficientnet-b0 --memory-limit 2048"
)
@options_of(MODEL, SEARCH, TIMEOUT, OUTPUT)
@click.option(
    "--max-seconds",
    type=float,
    metavar="S",
    help="Stop after this long with what is known.  [default: no limit]",
)
@number("--multiple-of", 1, "ITEMS", "Try only multiples.")
@click.option(
    "--margin",
    type=fraction,
    default=0.0,
    metavar="P",
    help="Stay away from the limit by this much, such as 5%.  [default: 0]",
)
def batch_size(model: str, **options: Any) -> None:
    """The largest batch size that fits into memory."""
    with job_of(model, 1, options) as job:
        result = pytimer.find_batch_size(
            job.named.model,
            job.inputs,
            max_seconds=options["max_seconds"],
            multiple_of=options["multiple_of"],
            margin=options["margin"],
            **job.search(options),
        )
        job.finish(result)
