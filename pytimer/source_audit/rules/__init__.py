"""The rules: from what a program does to what is wrong with how it times."""

from pytimer.source_audit.rules.regions import findings_of

__all__ = ["findings_of"]
