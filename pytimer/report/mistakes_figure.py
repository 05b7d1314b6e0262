"""The mistakes as bars, as in the article's Figures 2 and 3: mean ± standard deviation.

Needs matplotlib, which is optional; pyplot and its state are never touched.
"""

from __future__ import annotations

import io
import math
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pytimer.errors import PlanError
from pytimer.files import check_writable, write_whole
from pytimer.mistakes import Mistake, MistakesResult
from pytimer.printable import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 4
_PANEL_INCHES = (2.6, 2.4)
_CAPTION_INCHES = 0.9
_COLOURS = ("tab:blue", "tab:red")
_PER_SECOND = 1e3


def check_drawable(path: str | os.PathLike[str]) -> None:
    """Raises PlanError without matplotlib, ResultFileError where `path` cannot be written."""
    if find_spec("matplotlib") is None:
        raise PlanError("a figure needs matplotlib: pip install matplotlib")
    check_writable(path)


def save_figure(result: MistakesResult, path: str | os.PathLike[str]) -> None:
    """Draws every mistake that is shown, as a PNG file, whole or not at all.

    Raises:
        PlanError: matplotlib is missing.
        ResultFileError: the file cannot be written.
    """
    check_drawable(path)
    content = io.BytesIO()
    figure_of(result).savefig(content, format="png")
    write_whole(path, content.getvalue())


def figure_of(result: MistakesResult) -> Figure:
    """A panel for each mistake that is shown; the others are named in the caption."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [row for row in result.rows if row.missing is None]
    columns = min(_COLUMNS, max(len(shown), 1))
    rows = max(math.ceil(len(shown) / columns), 1)
    width, height = _PANEL_INCHES
    figure = Figure((columns * width, rows * height + _CAPTION_INCHES), layout="constrained")
    FigureCanvasAgg(figure)
    for index, row in enumerate(shown):
        _draw(row, figure.add_subplot(rows, columns, index + 1))
    figure.supxlabel(_caption(result), fontsize="small", wrap=True)
    return figure


def _draw(row: Mistake, axes: Axes) -> None:
    arms = [arm for arm in (row.correct, row.mistaken) if arm is not None]
    axes.bar(
        ["correct", "mistaken"],
        [arm.mean_s * _PER_SECOND for arm in arms],
        yerr=[(arm.std_s or 0.0) * _PER_SECOND for arm in arms],
        color=_COLOURS,
        capsize=4,
    )
    axes.set_title(row.name, fontsize="medium")
    axes.set_ylabel(f"ms per {row.per}")
    axes.set_ylim(bottom=0)


def _caption(result: MistakesResult) -> str:
    subject = result.subject
    parts = [subject.model, *subject.inputs, subject.device, "mean ± standard deviation"]
    missing = [row for row in result.rows if row.missing is not None]
    lines = [" · ".join(parts)]
    reasons = dict.fromkeys(str(row.missing).partition(":")[0] for row in missing)
    for reason in reasons:
        names = [row.name for row in missing if str(row.missing).partition(":")[0] == reason]
        lines.append(f"not shown, {reason}: {', '.join(names)}")
    # A dollar is no formula; where it wraps lines matplotlib does not ask text.parse_math.
    return printable("\n".join(lines)).replace("$", r"\$")
