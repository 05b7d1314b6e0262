"""The figures of a document, drawn by matplotlib. pyplot and its state are never touched.

Figures are narrow, so that their text keeps its size on a phone.
"""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from pytimer.printable import printable
from pytimer.report.bins import shown_range
from pytimer.report.document import Bars, Curve, Figure, Histogram, Landmark, Timeline
from pytimer.report.page.palette import FIRST, INK, LINE, MUTED, SECOND, THIRD
from pytimer.samples import FloatArray
from pytimer.units import unit_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

WIDTH_INCHES = 4.5
HEIGHT_INCHES = 3.0
_BAR_INCHES = 0.34
_FRAME_INCHES = 0.9

_STYLES = ("-", "--", ":", "-.")
_MOST_BINS = 60


def draw(figure: Figure, drawing: Drawing) -> None:
    """Draws `figure` into an empty drawing, and gives it its size."""
    drawing.set_size_inches(WIDTH_INCHES, HEIGHT_INCHES)
    axes = drawing.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    match figure:
        case Histogram():
            _draw_histogram(figure, axes)
        case Timeline():
            _draw_timeline(figure, axes)
        case Bars():
            height = _FRAME_INCHES + _BAR_INCHES * max(len(figure.bars), 2)
            drawing.set_size_inches(WIDTH_INCHES, height)
            _draw_bars(figure, axes)
        case Curve():
            _draw_curve(figure, axes)


def _scale(unit: str | None, value: float) -> tuple[str, float]:
    """The name of the unit that is shown, and how many of it are in one."""
    if unit is not None:
        return unit, 1.0
    found = unit_for(value)
    return found.name, found.per_second


def _legend(axes: Axes) -> None:
    entries = axes.get_legend_handles_labels()[1]
    if entries:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 1.0),
            ncols=min(len(entries), 3),
            frameon=False,
            handlelength=1.6,
            columnspacing=1.2,
            borderpad=0.0,
        )


def _draw_histogram(figure: Histogram, axes: Axes) -> None:
    x = figure.values
    unit, per = _scale(figure.unit, float(np.median(x)))
    low, high = shown_range(x)
    number = int(np.clip(np.ceil(2 * np.sqrt(len(x))), 5, _MOST_BINS))
    shown = (low * per, high * per)
    axes.hist(x * per, number, range=shown, histtype="stepfilled", color=FIRST, alpha=0.55)
    for mark, style in zip(figure.marks, cycle(_STYLES), strict=False):
        axes.axvline(mark.at * per, color=INK, linestyle=style, label=mark.name)
    axes.set_xlabel(unit)
    axes.set_ylabel("samples")
    _legend(axes)


def _draw_timeline(figure: Timeline, axes: Axes) -> None:
    series = figure.series
    x = series.values_s
    unit, per = _scale(None, float(np.median(x)))
    low, high = shown_range(x)
    room = max((high - low) * 0.08, 1e-6 * abs(high)) or 1.0
    axes.set_ylim((low - room) * per, (high + room) * per)
    before = np.arange(-len(series.warm_up), 0, dtype=np.float64)
    if len(before):
        _draw_times(axes, before, series.warm_up, MUTED, "warm-up calls", per)
    _draw_times(axes, np.arange(len(x), dtype=np.float64), x, FIRST, "samples", per)
    if series.cut:
        axes.axvspan(-0.5, series.cut - 0.5, color=MUTED, alpha=0.2, label="found warm-up")
    rounds = [Landmark("round", at) for at in series.rounds if at]
    pauses = [Landmark("pause", at) for at in series.pauses if at]
    for marks, colour, style in (
        (pauses, LINE, ":"),
        (rounds, MUTED, "--"),
        (figure.marks, SECOND, "-"),
    ):
        for index, mark in enumerate(marks):
            label = mark.name if index == 0 or mark.name != marks[0].name else None
            axes.axvline(mark.at - 0.5, color=colour, linestyle=style, label=label, zorder=0)
    axes.ticklabel_format(useOffset=False)
    axes.set_xlabel("repetition")
    axes.set_ylabel(unit)
    _legend(axes)


def _draw_times(
    axes: Axes, index: FloatArray, x: FloatArray, colour: str, name: str, per: float
) -> None:
    """One path, whatever the number of samples; those beyond the range as arrows at its edge."""
    low, high = axes.get_ylim()
    shown = np.clip(x * per, low, high)
    axes.plot(index, shown, color=colour, linewidth=0.9, label=name)
    for beyond, arrow, edge in ((x * per > high, "^", high), (x * per < low, "v", low)):
        at = index[beyond]
        axes.plot(
            at, np.full(len(at), edge), arrow, color=colour, markersize=4, clip_on=False, zorder=3
        )


def _draw_bars(figure: Bars, axes: Axes) -> None:
    bars = figure.bars
    unit, per = _scale(figure.unit, max((bar.value for bar in bars), default=0.0))
    places = np.arange(len(bars))
    values = [bar.value * per for bar in bars]
    axes.barh(places, values, color=FIRST, alpha=0.65, height=0.7)
    for place, bar in zip(places, bars, strict=True):
        if bar.interval is not None:
            axes.plot([bound * per for bound in bar.interval], [place] * 2, color=INK, marker="|")
    for mark in figure.marks:
        axes.axvline(mark.at * per, color=INK, linestyle="--", label=mark.name)
    axes.set_yticks(places, [_short(bar.name) for bar in bars])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(unit)
    _legend(axes)


def _short(name: str, most: int = 24) -> str:
    """As much as there is room for, of what XML can hold."""
    printed = printable(name).replace("\n", " ")
    return printed if len(printed) <= most else f"{printed[: most - 1]}…"


def _draw_curve(figure: Curve, axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    points = figure.points
    unit, per = _scale(figure.unit, max((point.value for point in points), default=0.0))
    sizes = [float(point.name) for point in points]
    axes.plot(sizes, [point.value * per for point in points], color=FIRST, marker="o", markersize=4)
    for size, point in zip(sizes, points, strict=True):
        if point.interval is not None:
            axes.plot([size] * 2, [bound * per for bound in point.interval], color=INK, marker="_")
    for mark, style in zip(figure.marks, cycle(_STYLES), strict=False):
        axes.axvline(mark.at, color=SECOND, linestyle=style, label=mark.name)
    if figure.bound is not None:
        axes.axhline(figure.bound * per, color=THIRD, linestyle="--", label="bound")
    if len(sizes) > 1 and max(sizes) / min(sizes) > 16:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(lambda size, _: f"{size:g}")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("batch size")
    axes.set_ylabel(unit)
    _legend(axes)
