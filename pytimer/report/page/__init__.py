"""A result as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from itertools import count
from typing import Any

from pytimer.printable import printable
from pytimer.report.document import Figure, Quantity, Table
from pytimer.report.page.svg import check_drawable, svg_of
from pytimer.report.reading import read
from pytimer.result_file import Result

__all__ = ["check_drawable", "page_of"]


def page_of(result: Result) -> str:
    """The page of `result`; the same result gives the same page.

    Raises:
        PlanError: matplotlib is missing.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    check_drawable()
    loader = PackageLoader("pytimer.report.page", ".")
    environment = Environment(
        loader=loader,
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = (f"figure-{number}" for number in count(1))

    def drawn(figure: Figure) -> tuple[str, Markup]:
        name = next(names)
        return name, Markup(svg_of(figure, name))

    style, _, _ = loader.get_source(environment, "page.css")
    return environment.get_template("page.html").render(
        document=read(result), drawn=drawn, is_number=_is_number, style=Markup(style)
    )


def _shown(value: Any) -> Any:
    """A text as it is shown; markup of ours as it is."""
    return printable(value) if type(value) is str else value


def _is_number(table: Table, index: int) -> bool:
    """Whether the column of that index is aligned as numbers are."""
    return table.columns[index].quantity is not Quantity.TEXT
