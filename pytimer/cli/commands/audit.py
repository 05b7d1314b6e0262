"""`pytimer audit`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import pytimer
from pytimer.cli.job import errors_in_one_line
from pytimer.cli.options import FilePath, rule_ids
from pytimer.printable import printable


@click.command(
    short_help="Find mistakes of timing in source code, without running it.",
    epilog="Example: pytimer audit benchmark.py",
)
@click.argument("paths", nargs=-1, type=FilePath(path_type=Path))
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
        text = output.as_json(audits) if output_format == "json" else output.as_text(audits)
        click.echo(printable(text))
        for error in errors:
            click.echo(f"pytimer: {printable(' '.join(error.split()))}", err=True)
    found = any(audit.findings for audit in audits)
    sys.exit(2 if errors else int(found))
