"""`pytimer export`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of
from pytimer.cli.options import ITEMS, MODEL_ALONE, OUTPUT, TIMEOUT, FilePath, options_of


@click.command(
    short_help="Compile a model into a package that runs without Python.",
    epilog="Example: pytimer export efficientnet-b0 -o model.pt2 --dynamic-batch",
)
@options_of(MODEL_ALONE, ITEMS, TIMEOUT, OUTPUT)
@click.option(
    "-o", "--output", required=True, type=FilePath(), metavar="FILE", help="Ends in .pt2."
)
@click.option("--dynamic-batch", is_flag=True, help="For any batch size.  [default: this one]")
def export(model: str, batch_size: int, output: str, dynamic_batch: bool, **options: Any) -> None:
    """Compile a model into an AOTInductor package, which runs without Python."""
    with job_of(model, batch_size, options) as job:
        result = pytimer.export(
            job.named.model,
            job.inputs,
            output,
            device=job.common["device"],
            dynamic_batch=dynamic_batch,
            name=job.named.name,
        )
        job.finish(result)
