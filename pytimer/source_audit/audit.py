"""The audit of files: read, walked through, judged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytimer.errors import PlanError, SourceError, text_of
from pytimer.files import is_folder
from pytimer.source_audit.catalogue import RULE_OF_ID
from pytimer.source_audit.finding import Finding
from pytimer.source_audit.rules import findings_of
from pytimer.source_audit.source import read_source
from pytimer.source_audit.walk import walk


@dataclass(frozen=True, slots=True)
class FileAudit:
    """What was found in one file, or why it could not be read."""

    path: str
    findings: tuple[Finding, ...] = ()
    error: str | None = None


def audit_files(
    paths: Iterable[Path], *, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> Iterator[FileAudit]:
    """Audits files, and the *.py files of folders, one after the other. Nothing is run.

    In a folder a symbolic link that leads out of it is left aside; one that is named is followed.

    Args:
        select: ids of rules, such as "PT001", to look for; none: all.
        ignore: ids of rules not to look for.

    Raises:
        PlanError: there is no rule of that id.
    """
    wanted = _known(select) or frozenset(RULE_OF_ID)
    wanted -= _known(ignore)
    return (_audit_file(path, wanted) for path in _files(paths))


def _known(ids: Iterable[str]) -> frozenset[str]:
    given = frozenset(one.upper() for one in ids)
    unknown = sorted(given - set(RULE_OF_ID))
    if unknown:
        raise PlanError(
            f"expected rules from {min(RULE_OF_ID)} to {max(RULE_OF_ID)}, got {', '.join(unknown)}"
        )
    return given


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if is_folder(path):
            yield from sorted(
                found
                for found in path.rglob("*.py")
                if not any(part.startswith(".") for part in found.relative_to(path).parts)
                and _is_inside(found, path)
            )
        else:
            yield path


def _is_inside(found: Path, folder: Path) -> bool:
    """Whether the file is where it seems to be, and not elsewhere behind a link."""
    return Path(os.path.realpath(found)).is_relative_to(os.path.realpath(folder))


def _audit_file(path: Path, wanted: frozenset[str]) -> FileAudit:
    try:
        source = read_source(path)
        findings = findings_of(walk(source.tree, source.text))
    except SourceError as error:
        return FileAudit(str(path), error=str(error))
    except RecursionError:
        return FileAudit(str(path), error=f"{path} is nested too deeply to be walked through")
    except Exception as error:  # a mistake of ours in one file is no reason to leave out the others
        return FileAudit(
            str(path), error=f"the audit failed on {path} ({text_of(error)}): please report it"
        )
    return FileAudit(
        str(path),
        tuple(
            finding
            for finding in findings
            if finding.rule.id in wanted and not source.ignores(finding.rule.id, finding.line)
        ),
    )
