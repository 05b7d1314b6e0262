"""What a page, a table and a file of numbers all show of a result: plain values, no results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from pytimer.caveats import Caveat
from pytimer.environment import Environment
from pytimer.samples import CountArray, FloatArray
from pytimer.units import Unit, mebibytes, significant, unit_for

Value = str | int | float | None


_LEAST_S = 1e-13
"""Below it a duration is what rounding leaves of nothing."""


class Quantity(Enum):
    """What the numbers of a column are; says how they are shown."""

    TEXT = "text"
    COUNT = "count"
    SECONDS = "seconds"
    RATE = "items/s"
    FACTOR = "factor"
    SHARE = "share"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: for people, without the unit.
        key: for programs, with the unit, such as "median_s".
    """

    name: str
    key: str
    quantity: Quantity = Quantity.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Plain values in seconds, bytes and items per second; None where there is nothing.

    A text in a column of numbers says why there is no number.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    @property
    def unit(self) -> Unit:
        """Of all durations in it: that of the first."""
        durations = (
            value
            for row in self.rows
            for column, value in zip(self.columns, row, strict=True)
            if column.quantity is Quantity.SECONDS and isinstance(value, float) and value
        )
        return unit_for(next(durations, None))

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the columns, with their units."""
        units = {Quantity.SECONDS: f" [{self.unit.name}]", Quantity.BYTES: " [MiB]"}
        return tuple(column.name + units.get(column.quantity, "") for column in self.columns)

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The rows as people read them."""
        unit = self.unit
        return tuple(
            tuple(
                _text(column.quantity, value, unit)
                for column, value in zip(self.columns, row, strict=True)
            )
            for row in self.rows
        )


def _text(quantity: Quantity, value: Value, unit: Unit) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    match quantity:
        case Quantity.SECONDS:
            return unit.show(value if abs(value) >= _LEAST_S else 0.0)
        case Quantity.BYTES:
            return mebibytes(int(value))
        case Quantity.SHARE:
            return f"{value:.1%}"
        case Quantity.RATE | Quantity.FACTOR:
            return significant(value)
        case Quantity.COUNT | Quantity.TEXT:
            is_whole = isinstance(value, int) or value.is_integer()
            return str(int(value)) if is_whole else f"{value:g}"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Repetitions in the order in which they were made.

    Attributes:
        name: unlike that of every other series of the result.
        columns: seconds by name, each of shape (repetitions,).
        headline: the name of the column that is judged.
        warm_up: the headline times of the calls before, seconds; empty where there were none.
        cut: repetitions at the front that were found to be warm-up.
        pauses, rounds: indices of the repetitions before which the loop paused, and of the first
            of each round.
        entries: what they are: samples, or means of blocks of calls.
        calls: how many calls each entry is the mean of, shape (repetitions,); None where each is
            one call.
    """

    name: str
    columns: Mapping[str, FloatArray]
    headline: str
    warm_up: FloatArray = field(default_factory=lambda: np.empty(0))
    cut: int = 0
    pauses: tuple[int, ...] = ()
    rounds: tuple[int, ...] = ()
    entries: str = "samples"
    calls: CountArray | None = None

    @property
    def values_s(self) -> FloatArray:
        """The headline, seconds, shape (repetitions,)."""
        return self.columns[self.headline]


@dataclass(frozen=True, slots=True)
class Window:
    """Pipelined calls of one or more threads in one wall window."""

    name: str
    batch_size: int
    calls: int
    window_s: float
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place on an axis that has a name."""

    name: str
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How values are spread. `unit`: of the values, seconds where it is None."""

    title: str
    text: str
    values: FloatArray
    marks: tuple[Landmark, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A series in the order in which it was measured. `marks`: at indices."""

    title: str
    text: str
    series: Series
    marks: tuple[Landmark, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A value by name, and its interval where it has one."""

    name: str
    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Values beside each other. `unit`: of the values, seconds where it is None."""

    title: str
    text: str
    bars: tuple[Bar, ...]
    unit: str | None = None
    marks: tuple[Landmark, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over sizes.

    Attributes:
        points: named by the size, in ascending order.
        marks: sizes that have a name.
        bound: a value not to exceed.
        unit: of the values, seconds where it is None.
    """

    title: str
    text: str
    points: tuple[Bar, ...]
    marks: tuple[Landmark, ...]
    bound: float | None = None
    unit: str | None = None


Figure = Histogram | Timeline | Bars | Curve


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report.

    Attributes:
        how: how it was measured, in a line.
        facts: sentences.
    """

    title: str
    how: str
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    facts: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """All that is shown of a result.

    Attributes:
        title: the model.
        subtitle: inputs, device and kind of call.
        headline: the figures to look at first: name and text.
        main: the table that stands for the result among programs; None where its samples do.
    """

    title: str
    subtitle: str
    headline: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    environment: Environment | None
    caveats: tuple[Caveat, ...]
    surroundings: Table | None
    main: Table | None = None

    @property
    def series(self) -> tuple[Series, ...]:
        return tuple(series for section in self.sections for series in section.series)

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(window for section in self.sections for window in section.windows)
