"""`pytimer report`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

import pytimer
from pytimer.cli.job import errors_in_one_line
from pytimer.cli.options import FilePath, options_of

if TYPE_CHECKING:
    from pytimer.result_file import Result

FORMATS = {
    "markdown": "Tables in GitHub-flavoured Markdown, on standard output.",
    "csv": "Numbers in full: a row for each sample, or for each batch size.",
    "google-benchmark": "JSON as Google Benchmark writes it, for its compare.py.",
}


@click.command(
    short_help="Make a page or tables from a result that --json wrote.",
    epilog="Example: pytimer report result.json -o result.html",
)
@click.argument("path", metavar="RESULT", type=FilePath())
@options_of(
    *(click.option(f"--{name}", is_flag=True, help=text) for name, text in FORMATS.items()),
)
@click.option(
    "-o",
    "--output",
    type=FilePath(),
    metavar="FILE",
    help="Where to; - is standard output.  [default: a page beside RESULT]",
)
def report(path: str, output: str | None, **formats: bool) -> None:
    """Make a page, tables or a file of numbers from a result that --json wrote.

    Without an option for a format it is one HTML page that needs no network: figures, tables,
    environment and caveats.
    """
    with errors_in_one_line():
        chosen = [name for name in FORMATS if formats[name.replace("-", "_")]]
        if len(chosen) > 1:
            raise pytimer.PlanError(f"expected one format, got --{' and --'.join(chosen)}")
        text = _written(pytimer.load(path), chosen[0] if chosen else "page")
        content = text.encode(errors="replace")  # JSON may hold half of a surrogate pair
        target = output or ("-" if chosen else str(Path(path).with_suffix(".html")))
        if target == "-":
            click.echo(content, nl=False)
            return
        from pytimer.files import write_whole

        if os.path.realpath(target) == os.path.realpath(path):
            raise pytimer.PlanError(f"{target} is the result itself; name another file with -o")
        write_whole(target, content)
        click.echo(target)


def _written(result: Result, output_format: str) -> str:
    from pytimer.report.outputs.google_benchmark import google_benchmark_of
    from pytimer.report.outputs.markdown import markdown_of
    from pytimer.report.outputs.tidy_csv import csv_of
    from pytimer.report.page import page_of
    from pytimer.report.reading import read

    match output_format:
        case "markdown":
            return markdown_of(read(result))
        case "csv":
            return csv_of(read(result))
        case "google-benchmark":
            return google_benchmark_of(read(result))
    return page_of(result)
