"""The command line."""

from pytimer.cli.commands import main

__all__ = ["main"]
