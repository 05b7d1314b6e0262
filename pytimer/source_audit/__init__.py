"""Finds mistakes of timing in source code, without running it."""

from pytimer.source_audit.audit import FileAudit, audit_files
from pytimer.source_audit.catalogue import RULES, Rule
from pytimer.source_audit.finding import Finding

__all__ = ["RULES", "FileAudit", "Finding", "Rule", "audit_files"]
