"""The command `pytimer`. torch is imported only when a command measures."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

import pytimer
from pytimer.cli.commands.ab import ab
from pytimer.cli.commands.audit import audit
from pytimer.cli.commands.batch_size import batch_size
from pytimer.cli.commands.compare import compare
from pytimer.cli.commands.export import export
from pytimer.cli.commands.latency import latency
from pytimer.cli.commands.mistakes import mistakes
from pytimer.cli.commands.overhead import overhead
from pytimer.cli.commands.profile import profile
from pytimer.cli.commands.report import report
from pytimer.cli.commands.run import run
from pytimer.cli.commands.selftest import selftest
from pytimer.cli.commands.serve_load import serve_load
from pytimer.cli.commands.sweep import sweep
from pytimer.cli.commands.throughput import throughput
from pytimer.cli.job import is_of_output
from pytimer.cli.ranks import refuse_alone
from pytimer.termination import FAILED


class _Group(click.Group):
    """A group whose commands find all arguments, as they were given, in `obj` of their context.

    What cannot be printed, be it a result or the help, is said in one line.
    """

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if not is_of_output(error):
                raise
            click.echo(f"pytimer: cannot print: {error.strerror}; direct it to elsewhere", err=True)
            sys.exit(FAILED)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> Any:
        return super().make_context(info_name, args, *rest, **{"obj": tuple(args)} | more)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(pytimer.__version__, prog_name="pytimer")
@click.pass_context
def main(context: click.Context) -> None:
    """Measure the inference latency and throughput of PyTorch models correctly."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # it may be ASCII, and a path may be no text
            stream.reconfigure(errors="backslashreplace")
    refuse_alone(context.invoked_subcommand)


for _command in (
    ab,
    audit,
    batch_size,
    compare,
    export,
    latency,
    mistakes,
    overhead,
    profile,
    report,
    run,
    selftest,
    serve_load,
    sweep,
    throughput,
):
    # Else the first context that a command has, with the group or alone, decides about -h for good.
    _command.context_settings = main.context_settings
    main.add_command(_command)
