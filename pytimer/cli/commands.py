"""The command `pytimer`. torch is imported only when a command measures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import click

import pytimer
from pytimer.cli.job import device_named, errors_in_one_line, job_of, model_on, only_without, output
from pytimer.cli.options import (
    AUDIT,
    BATCHES,
    CALL,
    DEVICE,
    ITEMS,
    JSON,
    LOOP,
    MODE,
    MODEL,
    MODEL_B,
    MODEL_OPTIONS,
    PAIRS,
    PRECISION,
    REPETITIONS,
    REPETITIONS_IN_ROUNDS,
    ROUNDS,
    ROUNDS_OF_SWEEP,
    SEARCH,
    WARM_UP,
    duration,
    fraction,
    options_of,
    rule_ids,
    shape,
    size_or_auto,
    sizes,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(pytimer.__version__, prog_name="pytimer")
def main() -> None:
    """Measure the inference latency and throughput of PyTorch models correctly."""


@main.command(epilog="Example: pytimer run efficientnet-b0 --json result.json")
@options_of(MODEL, ITEMS, WARM_UP, REPETITIONS, SEARCH, BATCHES, LOOP, JSON)
def run(model: str, batch_size: int, json_path: str | None, **options: Any) -> None:
    """Latency, the largest batch size, a sweep up to it, and the throughput at the fastest."""
    with job_of(model, batch_size, json_path, options) as job:
        result = pytimer.run(
            job.named.model,
            job.inputs,
            loop=options["loop"],
            warm_up=options["warm_up"],
            repetitions=options["repetitions"],
            batches=options["batches"],
            on_stage=job.write,
            **job.search(options),
        )
        job.show(result)


@main.command(epilog="Example: pytimer latency efficientnet-b0 --batch-size 4 --repetitions 500")
@options_of(MODEL, ITEMS, MODE, CALL, WARM_UP, REPETITIONS, PRECISION, ROUNDS, LOOP, AUDIT, JSON)
def latency(model: str, batch_size: int, json_path: str | None, **options: Any) -> None:
    """How long one call takes: mean ± std, percentiles."""
    with job_of(model, batch_size, json_path, options) as job:
        common = job.common | {
            "cache": options["cache"],
            "warm_up": options["warm_up"],
            "repetitions": options["repetitions"],
            "max_seconds": options["max_seconds"],
            "audit": options["audit"],
        }
        if options["mode"] == "all":
            only_without(
                options,
                "--mode all",
                precision=None,
                rounds=1,
                loop="native",
                call="auto",
                reference=None,
            )
            job.finish(pytimer.measure_modes(job.named.model, job.inputs, **common))
            return
        result = pytimer.measure_latency(
            job.named.model,
            job.inputs,
            mode=options["mode"],
            call=options["call"],
            reference=job.model_named(options["reference"], options),
            loop=options["loop"],
            precision=options["precision"],
            rounds=options["rounds"],
            **common,
        )
        job.finish(result)


@main.command(
    "batch-size", epilog="Example: pytimer batch-size efficientnet-b0 --memory-limit 2048"
)
@options_of(MODEL, SEARCH, JSON)
@click.option(
    "--max-seconds",
    type=float,
    metavar="S",
    help="Stop after this long with what is known.  [default: no limit]",
)
@click.option(
    "--multiple-of", default=1, show_default=True, metavar="ITEMS", help="Try only multiples."
)
@click.option(
    "--margin",
    type=fraction,
    default=0.0,
    metavar="P",
    help="Stay away from the limit by this much, such as 5%.  [default: 0]",
)
def batch_size(model: str, json_path: str | None, **options: Any) -> None:
    """The largest batch size that fits into memory."""
    with job_of(model, 1, json_path, options) as job:
        result = pytimer.find_batch_size(
            job.named.model,
            job.inputs,
            max_seconds=options["max_seconds"],
            multiple_of=options["multiple_of"],
            margin=options["margin"],
            **job.search(options),
        )
        job.finish(result)


@main.command(epilog="Example: pytimer sweep efficientnet-b0 --batch-sizes 1,2,4,8")
@options_of(MODEL, SEARCH, ROUNDS_OF_SWEEP, LOOP, JSON)
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
@click.option(
    "--percentile",
    default=99.0,
    show_default=True,
    metavar="P",
    help="Of the latency that --max-latency is for.",
)
def sweep(model: str, json_path: str | None, **options: Any) -> None:
    """Latency, items per second and memory over batch sizes; limit, knee and fastest."""
    with job_of(model, 1, json_path, options) as job:
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


@main.command(epilog="Example: pytimer throughput efficientnet-b0 --batch-size 32 --batches 100")
@options_of(MODEL, WARM_UP, SEARCH, BATCHES, LOOP, JSON)
@click.option(
    "--batch-size",
    type=size_or_auto,
    default="auto",
    show_default=True,
    metavar="ITEMS",
    help="Items in one call; auto: the fastest up to the memory limit.",
)
@click.option(
    "--concurrency",
    default=1,
    show_default=True,
    metavar="N",
    help="Threads that call at the same time, each with a stream of its own.",
)
@click.option(
    "--host-to-device",
    is_flag=True,
    help="Copy each call's inputs from pinned memory, overlapped; needs CUDA.",
)
def throughput(
    model: str, batch_size: int | Literal["auto"], json_path: str | None, **options: Any
) -> None:
    """How many items per second: batches × batch size ÷ one wall window."""
    with job_of(model, 1, json_path, options) as job:
        result = pytimer.measure_throughput(
            job.named.model,
            job.inputs,
            batch_size=batch_size,
            batches=options["batches"],
            warm_up=options["warm_up"],
            loop=options["loop"],
            concurrency=options["concurrency"],
            host_to_device=options["host_to_device"],
            **job.search(options),
        )
        job.finish(result)


@main.command(epilog="Example: pytimer export efficientnet-b0 -o model.pt2 --dynamic-batch")
@options_of(MODEL, ITEMS)
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="FILE", help="Ends in .pt2."
)
@click.option("--dynamic-batch", is_flag=True, help="For any batch size.  [default: this one]")
def export(model: str, batch_size: int, output: str, dynamic_batch: bool, **options: Any) -> None:
    """Compile a model into an AOTInductor package, which runs without Python."""
    with job_of(model, batch_size, None, options) as job:
        result = pytimer.export(
            job.named.model,
            job.inputs,
            output,
            device=job.common["device"],
            dynamic_batch=dynamic_batch,
            name=job.named.name,
        )
        job.finish(result)


@main.command(epilog="Example: pytimer profile efficientnet-b0 -o trace.json")
@options_of(MODEL, ITEMS, WARM_UP, JSON)
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="FILE", help="Ends in .json[.gz]."
)
@click.option("--repetitions", default=10, show_default=True, metavar="CALLS", help="In the trace.")
def profile(
    model: str, batch_size: int, json_path: str | None, output: str, **options: Any
) -> None:
    """Where the time of a call goes, by torch's profiler in a process of its own."""
    with job_of(model, batch_size, json_path, options) as job:
        result = pytimer.profile(
            job.named.model,
            job.inputs,
            output,
            device=job.common["device"],
            warm_up=options["warm_up"],
            repetitions=options["repetitions"],
            name=job.named.name,
        )
        job.finish(result)


@main.command(epilog="Example: pytimer ab efficientnet-b0 efficientnet-b0")
@click.argument("model_a")
@MODEL_B
@options_of(ITEMS, WARM_UP, PAIRS, JSON)
def ab(model_a: str, model_b: str, batch_size: int, json_path: str | None, **options: Any) -> None:
    """Which of two models is slower: back-to-back pairs in random order.

    MODEL_B is called with the inputs of MODEL_A. The same model twice is a self-check.
    """
    with job_of(model_a, batch_size, json_path, options) as job:
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
            on_progress=job.common["on_progress"],
        )
        job.finish(result)


@main.command(epilog="Example: pytimer overhead efficientnet-b0")
@click.argument("model", required=False)
@options_of(MODEL_OPTIONS, ITEMS, JSON)
@click.option("--rounds", default=30, show_default=True, metavar="N", help="Of both loops in turn.")
def overhead(
    model: str | None, batch_size: int, json_path: str | None, rounds: int, **options: Any
) -> None:
    """What the Python loop costs beside the native loop, and whether it matters for MODEL."""
    if model is None:
        with output(json_path) as out:
            device = device_named(options["device"])
            out.finish(
                pytimer.compare_loops(device=device, rounds=rounds, on_progress=out.on_progress)
            )
        return
    with job_of(model, batch_size, json_path, options) as job:
        result = pytimer.compare_loops(job.named.model, job.inputs, rounds=rounds, **job.common)
        job.finish(result)


@main.command(epilog="Example: pytimer mistakes efficientnet-b0 --png mistakes.png")
@click.argument("model", default="efficientnet-b0")
@options_of(MODEL_OPTIONS, ITEMS, WARM_UP, REPETITIONS_IN_ROUNDS, JSON)
@click.option(
    "--batch-sizes",
    type=shape,
    default="1,2,4,8,16",
    show_default=True,
    metavar="SIZES",
    help="Is the largest of these the fastest?",
)
@click.option("--png", type=click.Path(), metavar="FILE", help="Draw the bars; needs matplotlib.")
def mistakes(
    model: str, batch_size: int, json_path: str | None, png: str | None, **options: Any
) -> None:
    """What the usual mistakes read on this machine, beside the correct measurement."""
    with job_of(model, batch_size, json_path, options) as job:
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


@main.command(epilog="Example: pytimer selftest --device cuda --json selftest.json")
@DEVICE
@JSON
def selftest(device: str | None, json_path: str | None) -> None:
    """Read work of known length in every mode; exit code 1 if one reads wrong."""
    with output(json_path) as out:
        result = pytimer.selftest(device_named(device))
        out.finish(result)
        if not result.passed:
            sys.exit(1)


@main.command(epilog="Example: pytimer audit benchmark.py")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--select", type=rule_ids, metavar="RULES", help="Only these, such as PT001,PT007.")
@click.option("--ignore", type=rule_ids, metavar="RULES", help="Not these.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules, and audit nothing.")
def audit(
    paths: tuple[Path, ...],
    select: tuple[str, ...] | None,
    ignore: tuple[str, ...] | None,
    output_format: str,
    list_rules: bool,
) -> None:
    """Find mistakes of timing in source files or folders, without running them.

    A comment "# pytimer: ignore[PT003]" switches a rule off in its line. Exit code 0: no findings;
    1: findings; 2: a file that cannot be read.
    """
    from pytimer.source_audit import audit_files, output

    if list_rules:
        click.echo(output.rules_as_text())
        return
    with errors_in_one_line():
        if not paths:
            raise pytimer.PlanError("expected files or folders to audit, got none")
        audits = list(audit_files(paths, select=select or (), ignore=ignore or ()))
    errors = [audit.error for audit in audits if audit.error is not None]
    click.echo(output.as_json(audits) if output_format == "json" else output.as_text(audits))
    for error in errors:
        click.echo(f"pytimer: {error}", err=True)
    found = any(audit.findings for audit in audits)
    sys.exit(2 if errors else int(found))
