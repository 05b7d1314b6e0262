"""What an audit found, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pytimer.source_audit.audit import FileAudit
from pytimer.source_audit.catalogue import RULES
from pytimer.source_audit.finding import Finding

SCHEMA_VERSION = 1


def as_text(audits: Sequence[FileAudit]) -> str:
    """One paragraph for each finding, and a line that counts them; files with errors have none."""
    paragraphs = [_paragraph(audit.path, finding) for audit in audits for finding in audit.findings]
    read = sum(audit.error is None for audit in audits)
    found = _counted(len(paragraphs), "finding") if paragraphs else "no findings"
    return "\n".join([*paragraphs, f"{found} in {_counted(read, 'file')}"])


def _paragraph(path: str, finding: Finding) -> str:
    rule = finding.rule
    seen = f" ({finding.detail})" if finding.detail else ""
    return f"{path}:{finding.line}: {rule.id} {rule.name}: {rule.why}{seen}\n    fix: {rule.fix}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def as_json(audits: Sequence[FileAudit]) -> str:
    files = [
        {
            "path": audit.path,
            "error": audit.error,
            "findings": [
                {
                    "line": finding.line,
                    "rule": finding.rule.id,
                    "name": finding.rule.name,
                    "why": finding.rule.why,
                    "detail": finding.detail,
                    "fix": finding.rule.fix,
                }
                for finding in audit.findings
            ],
        }
        for audit in audits
    ]
    return json.dumps({"schema_version": SCHEMA_VERSION, "files": files}, indent=2)


def rules_as_text() -> str:
    return "\n".join(f"{rule.id} {rule.name}: {rule.why}" for rule in RULES)
