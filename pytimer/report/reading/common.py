"""What the readings of all kinds share."""

from __future__ import annotations

import numpy as np

from pytimer.report.document import Column, Quantity, Series, Table
from pytimer.samples import Samples
from pytimer.units import duration


def series_of(
    name: str, samples: Samples, *, warm_up: Samples | None = None, cut: int = 0
) -> Series:
    on_device = samples.clock == "device" and "device_s" in samples.columns
    return Series(
        name,
        samples.columns,
        "device_s" if on_device else "host_s",
        np.empty(0) if warm_up is None else warm_up.latency_s,
        cut,
        samples.chunk_starts,
        samples.round_starts,
        samples.words,
        samples.calls_of_each if samples.block > 1 else None,
    )


def seconds(name: str, key: str) -> Column:
    return Column(name, f"{key}_s", Quantity.SECONDS)


def interval_columns(key: str, quantity: Quantity) -> tuple[Column, Column]:
    """Both bounds of a 95 % interval; `key` with its unit, such as "median{}_s"."""
    return (
        Column("95 % from", key.format("_low"), quantity),
        Column("to", key.format("_high"), quantity),
    )


def bounds_or_blank(interval: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else interval


def named_texts(caption: str, rows: list[tuple[str, str]]) -> Table:
    """A table of two columns of text."""
    return Table(caption, (Column("name", "name"), Column("value", "value")), tuple(rows))


def duration_or_dash(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)
