"""What was tried and what came of it: kept in results.json, shown in docs/compatibility.md."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .counts import Counts

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"

_MARK = "<!-- tried -->\n"
_HEADER = (
    "| what | asked for | found | passed | failed | skipped | day | commit | note |",
    "| --- | --- | --- | ---: | ---: | ---: | --- | --- | --- |",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the tests under one version.

    Attributes:
        what: the part.
        asked: the version it was to run under, such as "Python 3.12".
        found: the versions it ran under, in full; empty when it was not run.
        counts: None when it was not run.
        note: why it was not run, or what else is to be known.
        day: in ISO form.
        commit: abbreviated.
    """

    what: str
    asked: str
    found: str
    counts: Counts | None
    note: str
    day: str
    commit: str

    @property
    def green(self) -> bool:
        """Whether tests ran and none of them failed."""
        return self.counts is not None and self.counts.failed == 0 and self.counts.passed > 0


def load() -> list[Row]:
    """The rows so far."""
    rows = []
    for stored in json.loads(RESULTS.read_text()) if RESULTS.exists() else []:
        counts = stored.pop("counts")
        if counts is not None:
            counts = Counts(**{**counts, "failures": tuple(counts["failures"])})
        rows.append(Row(counts=counts, **stored))
    return rows


def merged(rows: Iterable[Row], new: Row) -> list[Row]:
    """The rows with `new` in place of the one for the same part and version, in order."""
    by_key = {(row.what, row.asked): row for row in rows}
    by_key[new.what, new.asked] = new
    return [by_key[key] for key in sorted(by_key)]


def keep(new: Row) -> None:
    """Writes `new` into the results and the page."""
    rows = merged(load(), new)
    RESULTS.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    PAGE.write_text(page_with(PAGE.read_text(), rows))


def page_with(page: str, rows: Iterable[Row]) -> str:
    """The page with the table of these rows in place of the one between its marks."""
    before, _, after = page.split(_MARK)
    return f"{before}{_MARK}{table(rows)}{_MARK}{after}"


def table(rows: Iterable[Row]) -> str:
    """The rows as a table of Markdown."""
    return "".join(f"{line}\n" for line in (*_HEADER, *map(_line, rows)))


def _line(row: Row) -> str:
    note = row.note
    if row.counts is None:
        outcome = ("not run", "", "")
    else:
        outcome = (str(row.counts.passed), str(row.counts.failed), str(row.counts.skipped))
        note = "; ".join(filter(None, (note, ", ".join(f"`{x}`" for x in row.counts.failures))))
    cells = (row.what, row.asked, row.found, *outcome, row.day, row.commit, note)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
