"""`pytimer selftest`."""

from __future__ import annotations

import sys
from typing import Any

import click

import pytimer
from pytimer.cli.job import device_named, output
from pytimer.cli.options import DEVICE, OUTPUT, TIMEOUT


@click.command(
    short_help="Read work of known length in every mode.",
    epilog="Example: pytimer selftest --device cuda --json selftest.json",
)
@DEVICE
@TIMEOUT
@OUTPUT
def selftest(device: str | None, **options: Any) -> None:
    """Read work of known length in every mode; exit code 1 if one reads wrong."""
    with output(options) as out:
        result = pytimer.selftest(device_named(device))
        out.finish(result)
        if not result.passed:
            sys.exit(1)
