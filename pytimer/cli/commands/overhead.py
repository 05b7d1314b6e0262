"""`pytimer overhead`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import device_named, job_of, output, setup_of
from pytimer.cli.options import ITEMS, MODEL_OPTIONS, OUTPUT, TIMEOUT, number, options_of


@click.command(
    short_help="What the Python loop costs beside the native loop.",
    epilog="Example: pytimer overhead efficientnet-b0",
)
@click.argument("model", required=False)
@options_of(MODEL_OPTIONS, ITEMS, TIMEOUT, OUTPUT)
@number("--rounds", 30, "N", "Of both loops in turn.")
def overhead(model: str | None, batch_size: int, rounds: int, **options: Any) -> None:
    """What the Python loop costs beside the native loop, and whether it matters for MODEL."""
    if model is None:
        with output(options) as out:
            device = device_named(options["device"])
            out.finish(
                pytimer.compare_loops(
                    device=device,
                    rounds=rounds,
                    setup=setup_of(options),
                    on_progress=out.on_progress,
                )
            )
        return
    with job_of(model, batch_size, options) as job:
        result = pytimer.compare_loops(job.named.model, job.inputs, rounds=rounds, **job.common)
        job.finish(result)
