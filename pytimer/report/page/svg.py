"""Figures as SVG inside a page: its colours and font, a title, and nothing from elsewhere."""

from __future__ import annotations

import io
import re
from importlib.util import find_spec
from typing import Any
from xml.etree import ElementTree

from pytimer.errors import PlanError
from pytimer.printable import printable
from pytimer.report.document import Figure
from pytimer.report.page.drawing import draw
from pytimer.report.page.palette import INK, LINE, MUTED, VARIABLES

_FONT_SIZE = 11
_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "font.size": _FONT_SIZE,
    "legend.fontsize": _FONT_SIZE,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.3,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,  # names are text, whatever is in them
    "xtick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.color": LINE,
    "ytick.labelcolor": INK,
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_LEFT_OUT = ("metadata", "style")
"""Elements of a picture that stands alone: a style would be that of the whole page."""

_COLOURS = re.compile("|".join(VARIABLES))
_FONT = re.compile(r"font: (?:\w+ )?(\d+(?:\.\d+)?px)[^;\"]*")
_REFERENCE = re.compile(r"#([\w-]+)")


def check_drawable() -> None:
    """Raises PlanError without matplotlib."""
    if find_spec("matplotlib") is None:
        raise PlanError(
            "a page needs matplotlib for its figures: pip install matplotlib; "
            "--markdown, --csv and --google-benchmark do without"
        )


def svg_of(figure: Figure, name: str) -> str:
    """The figure as an element of a page.

    Args:
        name: letters, digits and dashes; unlike that of every other figure of the page.

    Raises:
        PlanError: matplotlib is missing.
    """
    check_drawable()
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Drawing

    out = io.StringIO()
    with rc_context({**_SETTINGS, "svg.hashsalt": name}):
        drawing = Drawing(layout="constrained")
        FigureCanvasSVG(drawing)
        draw(figure, drawing)
        drawing.savefig(out, format="svg", metadata=_NO_METADATA, transparent=True)
    return _as_element(ElementTree.fromstring(out.getvalue()), figure, name)


def _as_element(root: ElementTree.Element, figure: Figure, name: str) -> str:
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {
            _local(key): _in_colours_of_the_page(value) for key, value in element.attrib.items()
        }
    _rename(root, name)
    title = ElementTree.Element("title", {"id": f"{name}-title"})
    title.text = printable(figure.title)
    root.insert(0, title)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-text",
    }
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _LEFT_OUT]:
            parent.remove(child)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _local(name: str) -> str:
    """Without its namespace, which a page implies."""
    return name.rpartition("}")[2]


def _in_colours_of_the_page(value: str) -> str:
    value = _COLOURS.sub(lambda found: VARIABLES[found.group()], value)
    return _FONT.sub(r"font-size: \1", value)


def _rename(root: ElementTree.Element, name: str) -> None:
    """Keeps the ids that are referred to, unlike those of other figures of the page."""
    referred = {
        found
        for element in root.iter()
        for key, value in element.attrib.items()
        if key in ("href", "clip-path")
        for found in _REFERENCE.findall(value)
    }
    for element in root.iter():
        identity = element.attrib.pop("id", None)
        if identity in referred:
            element.attrib["id"] = f"{name}-{identity}"
        for key in {"href", "clip-path"} & element.attrib.keys():
            element.attrib[key] = _REFERENCE.sub(rf"#{name}-\1", element.attrib[key])
