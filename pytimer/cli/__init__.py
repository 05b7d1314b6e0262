"""The command line."""

from pytimer.cli.group import main

__all__ = ["main"]
