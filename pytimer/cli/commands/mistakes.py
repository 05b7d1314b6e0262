"""`pytimer mistakes`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import (
    ITEMS,
    MODEL_OPTIONS,
    OUTPUT,
    REPETITIONS_IN_ROUNDS,
    TIMEOUT,
    WARM_UP,
    FilePath,
    options_of,
    shape,
)


@click.command(
    short_help="What the usual mistakes read, beside the correct measurement.",
    epilog="Example: pytimer mistakes efficientnet-b0 --png mistakes.png",
)
@click.argument("model", default="efficientnet-b0")
@options_of(MODEL_OPTIONS, ITEMS, WARM_UP, REPETITIONS_IN_ROUNDS, TIMEOUT, OUTPUT)
@click.option(
    "--batch-sizes",
    type=shape,
    default="1,2,4,8,16",
    show_default=True,
    metavar="SIZES",
    help="Is the largest of these the fastest?",
)
@click.option("--png", type=FilePath(), metavar="FILE", help="Draw the bars; needs matplotlib.")
def mistakes(model: str, batch_size: int, png: str | None, **options: Any) -> None:
    """What the usual mistakes read on this machine, beside the correct measurement."""
    with job_of(model, batch_size, options) as job:
        from pytimer.report.mistakes_figure import check_drawable, save_figure

        if png is not None:
            check_drawable(png)
        result = pytimer.measure_mistakes(
            job.named.model,
            job.inputs,
            repetitions=options["repetitions"],
            rounds=options["rounds"],
            warm_up=options["warm_up"],
            batch_sizes=options["batch_sizes"],
            make_inputs=job.make_inputs,
            **job.common,
        )
        job.finish(result)
        if png is not None:
            save_figure(result, png)
