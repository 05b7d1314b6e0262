"""`pytimer compare`."""

from __future__ import annotations

import sys
from typing import Any

import click

import pytimer
from pytimer.cli.job import output
from pytimer.cli.options import OUTPUT, FilePath, fraction


@click.command(epilog="Example: pytimer compare base.json new.json --fail-above 5% --markdown")
@click.argument("base", type=FilePath())
@click.argument("new", type=FilePath())
@click.option(
    "--fail-above",
    type=fraction,
    default="5%",
    show_default=True,
    metavar="P",
    help="What is worse by more is a regression.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 where it cannot be told.")
@click.option(
    "--allow-different", is_flag=True, help="Compare results of other environments or setups too."
)
@click.option("--markdown", is_flag=True, help="Print a table for a pull request.")
@OUTPUT
def compare(
    base: str,
    new: str,
    fail_above: float,
    strict: bool,
    allow_different: bool,
    markdown: bool,
    **options: Any,
) -> None:
    """Whether a stored result is worse than another: a gate for CI.

    Measure both with --processes 5: what differs between processes is most of what varies. BASE
    and NEW are files, or folders with a file of each process.

    Exit code 0: no regression; 1: a regression; 2: they cannot be compared; 3 with --strict: it
    cannot be told.
    """
    with output(options) as out:
        result = pytimer.compare(base, new, fail_above=fail_above, allow_different=allow_different)
        if markdown:
            from pytimer.report.outputs.comment import comment_of

            out.finish(result, lambda: click.echo(comment_of(result), nl=False))
        else:
            out.finish(result)
    if result.regressions:
        sys.exit(1)
    if result.undecided and strict:
        sys.exit(3)
