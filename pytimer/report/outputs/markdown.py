"""A result as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytimer.caveats import Caveat
from pytimer.printable import printable
from pytimer.report.document import Document, Quantity, Section, Table

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$@]|:(?=//)|(?<=www)\.)")
_SPACES = re.compile(r"\s+")


def markdown_of(document: Document) -> str:
    """Headline, figures as tables, caveats, environment. Texts of the result hold no markup."""
    return "\n\n".join(_blocks(document)) + "\n"


def _blocks(document: Document) -> Iterator[str]:
    yield f"# {escaped(document.title)}"
    if document.subtitle:
        yield escaped(document.subtitle)
    if document.headline:
        yield "\n".join(
            f"* {escaped(name)}: **{escaped(text)}**" for name, text in document.headline
        )
    for section in document.sections:
        yield from _section(section)
    if document.caveats:
        yield "## Caveats"
        yield "\n".join(map(_caveat, document.caveats))
    if document.surroundings is not None:
        yield "## Environment"
        yield _table(document.surroundings)


def _section(section: Section) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    yield escaped(section.how)
    for table in section.tables:
        yield f"**{escaped(table.caption)}**"
        yield _table(table)
    if section.facts:
        yield "\n".join(f"* {escaped(fact)}" for fact in section.facts)


def _caveat(caveat: Caveat) -> str:
    name, message, remedy = map(escaped, (caveat.name, caveat.message, caveat.remedy))
    return f"* **{name}**: {message} → {remedy}"


def _table(table: Table) -> str:
    rules = ("---" if column.quantity is Quantity.TEXT else "---:" for column in table.columns)
    rows = (table.headers, *table.texts)
    head, *body = (_line(map(escaped, row)) for row in rows)
    return "\n".join((head, _line(rules), *body))


def _line(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """The text on one line: no markup, no HTML, no link, nothing that steers a terminal."""
    return _SPECIAL.sub(r"\\\1", printable(_SPACES.sub(" ", text).strip()))
