"""`pytimer latency`."""

from __future__ import annotations

from typing import Any

import click

import pytimer
from pytimer.cli.job import job_of, only_without
from pytimer.cli.options import (
    AUDIT,
    CALL,
    FLOP,
    ITEMS,
    LOOP,
    MAX_SAMPLES,
    MODE,
    MODEL,
    OUTPUT,
    PRECISION,
    PROCESSES,
    REPETITIONS,
    ROUNDS,
    TIMEOUT,
    WARM_UP,
    options_of,
)
from pytimer.cli.ranks import latency_together, several_ranks


@click.command(epilog="Example: pytimer latency efficientnet-b0 --batch-size 4 --repetitions 500")
@options_of(MODEL, ITEMS, MODE, CALL, WARM_UP, REPETITIONS, PRECISION, ROUNDS, PROCESSES)
@options_of(MAX_SAMPLES, LOOP, AUDIT, FLOP, TIMEOUT, OUTPUT)
def latency(model: str, batch_size: int, **options: Any) -> None:
    """How long one call takes: mean ± std, percentiles.

    MODEL is efficientnet-b0 to -b8, timm:NAME, torchvision:NAME, transformers:NAME (or a folder),
    file.py:factory, package.module:factory, or a file .pt2, .pt or .ts.
    """
    if several_ranks():
        latency_together(model, batch_size, options)
        return
    with job_of(model, batch_size, options) as job:
        common = job.common | {
            "cache": options["cache"],
            "warm_up": options["warm_up"],
            "repetitions": options["repetitions"],
            "max_seconds": options["max_seconds"],
            "audit": options["audit"],
            "flop": options["flop"],
            "peak_flop_per_s": options["peak_flops"],
        }
        if options["mode"] == "all":
            only_without(
                options,
                "--mode all",
                precision=None,
                rounds=1,
                max_samples=None,
                processes=1,
                loop="native",
                call="auto",
                reference=None,
            )
            job.finish(pytimer.measure_modes(job.named.model, job.inputs, **common))
            return
        result = job.measured(
            pytimer.measure_latency,
            options["processes"],
            mode=options["mode"],
            call=options["call"],
            reference=job.model_named(options["reference"], options),
            loop=options["loop"],
            precision=options["precision"],
            rounds=options["rounds"],
            max_samples=options["max_samples"],
            **common,
        )
        job.finish(result)
