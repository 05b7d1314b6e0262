"""What a report prints, printable whatever the result holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import (
    Console,
    ConsoleOptions,
    ConsoleRenderable,
    RenderableType,
    RenderHook,
    RenderResult,
)
from rich.segment import Segment

from pytimer.printable import printable


@contextmanager
def printing(console: Console) -> Iterator[None]:
    """Within it, texts that are printed reach no terminal as anything but texts."""
    console.push_render_hook(_Printing())
    try:
        yield
    finally:
        console.pop_render_hook()


class _Printing(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Printable(renderable) for renderable in renderables]


class _Printable:
    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self._renderable, options):
            yield Segment(text if control else printable(text), style, control)
