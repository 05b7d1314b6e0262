"""What all reports are laid out with."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pytimer import statistics
from pytimer.samples import FloatArray
from pytimer.units import Unit, duration, significant
from pytimer.workload import Subject


def title(subject: Subject) -> Text:
    inputs = ", ".join(subject.inputs) or "no tensors"
    how = [inputs, subject.device, subject.call]
    if subject.setup is not None:
        how += subject.setup.words
    return Text.assemble((subject.model, "bold"), "".join(f" · {one}" for one in how))


def compilation(compile_s: float) -> str:
    if compile_s == 0:
        return "compiled by calls before this measurement"
    return f"compiled before the warm-up: {duration(compile_s)} of calls that are in no sample"


def heading(name: str, how: str) -> Text:
    return Text.assemble((name, "bold"), "  ", how)


class _TableOfTexts(Table):
    """Its cells are texts, and never read as markup."""

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        super().add_row(
            *(Text(cell) if isinstance(cell, str) else cell for cell in cells), **options
        )


def new_table(*headers: str) -> Table:
    table = _TableOfTexts(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, header in enumerate(headers):
        # As Text, so that a unit in brackets is not read as markup.
        table.add_column(Text(header), justify="left" if index == 0 else "right", no_wrap=True)
    return table


def indented(table: Table) -> Padding:
    return Padding(table, (0, 0, 0, 2), expand=False)


def percentile(unit: Unit, x: FloatArray, p: float) -> Text:
    value = statistics.percentile(x, p)
    if value is None:
        return Text(f"needs n ≥ {statistics.least_samples(p)}", "bright_black")
    return Text(unit.show(value))


def between(interval: tuple[float, float], digits: int = 4) -> str:
    return f"{significant(interval[0], digits)} to {significant(interval[1], digits)}"


def rate(items_per_s: float | None) -> str:
    return "–" if items_per_s is None else f"{significant(items_per_s)} items/s"


def over_rounds(values: FloatArray, scale: float, digits: int = 4) -> tuple[str, str]:
    """Median of the values of rounds and its interval, times `scale`."""
    bounds = statistics.percentile_interval(values).bounds
    shown = "needs 6 rounds"
    if bounds is not None:
        shown = " to ".join(significant(bound * scale, digits) for bound in bounds)
    return significant(float(np.median(values)) * scale, digits), shown
