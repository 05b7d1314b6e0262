"""A result as CSV: one row for each sample, or for each batch size, mistake or operator.

Samples have the columns `series`, `index` (from 0) and `part` ("warm-up" where the series was found
to be that at its front, else "sample"; "mean of 40 calls" where so many are kept as one), then the
measured times in seconds: `host_s`, `enqueue_s`, `device_s`, `drain_s`, `finish_s` and so on; empty
where a series has no such column. Other results have the columns of their table, with units in the
names. Numbers are written in full. A text that a spreadsheet would take for a formula has an
apostrophe before it, as spreadsheets mark texts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from pytimer.errors import PlanError
from pytimer.printable import printable
from pytimer.report.document import Document, Series, Table, Value

_FORMULA = ("=", "+", "-", "@")
"""What a formula begins with, by OWASP's page on CSV injection; tabs and the like are replaced."""


def csv_of(document: Document) -> str:
    """The table that stands for the result, or its samples.

    Raises:
        PlanError: nothing was measured.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if document.main is not None:
        writer.writerows(_rows_of_table(document.main))
    elif document.series:
        writer.writerows(_rows_of_samples(document.series))
    else:
        raise PlanError("expected a result with samples or a table, got one without; measure first")
    return out.getvalue()


def _rows_of_table(table: Table) -> Iterator[Iterable[Value]]:
    yield [column.key for column in table.columns]
    for row in table.rows:
        yield map(_harmless, row)


def _rows_of_samples(several: tuple[Series, ...]) -> Iterator[Iterable[Value]]:
    names = tuple(dict.fromkeys(name for series in several for name in series.columns))
    yield ("series", "index", "part", *names)
    for series in several:
        columns = [series.columns.get(name) for name in names]
        for index in range(len(series.values_s)):
            part = "warm-up" if index < series.cut else "sample"
            if series.calls is not None:
                part = f"mean of {series.calls[index]} calls"
            times = (None if column is None else float(column[index]) for column in columns)
            yield (_harmless(series.name), index, part, *times)


def _harmless(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
