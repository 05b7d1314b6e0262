"""`pytimer ab`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of, model_on
from pytimer.cli.options import ITEMS, MODEL_B, OUTPUT, PAIRS, TIMEOUT, WARM_UP, options_of


@click.command(
    short_help="Which of two models is slower, in back-to-back pairs.",
    epilog="Example: pytimer ab efficientnet-b0 efficientnet-b0",
)
@click.argument("model_a")
@MODEL_B
@options_of(ITEMS, WARM_UP, PAIRS, TIMEOUT, OUTPUT)
def ab(model_a: str, model_b: str, batch_size: int, **options: Any) -> None:
    """Which of two models is slower: back-to-back pairs in random order.

    MODEL_B is called with the inputs of MODEL_A. The same model twice is a self-check.
    """
    with job_of(model_a, batch_size, options) as job:
        other = model_on(job.common["device"], model_b, options)
        result = pytimer.ab(
            job.named.model,
            other.model,
            job.inputs,
            device=job.common["device"],
            pairs=options["pairs"],
            seed=options["seed"],
            warm_up=options["warm_up"],
            names=(job.named.name, other.name),
            setup=job.common["setup"],
            on_progress=job.common["on_progress"],
        )
        job.finish(result)
