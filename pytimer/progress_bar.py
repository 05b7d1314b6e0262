"""Progress for people, shown between the calls of a measurement and never beside them."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from pytimer.printable import printable
from pytimer.progress import Progress

LINE_EVERY_S = 1.0


class ProgressLines:
    """A line for what is settled and for the end of each stage; in between one every second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_s = 0.0

    def stop(self) -> None:
        """Nothing to take away."""

    def __call__(self, progress: Progress) -> None:
        if progress.finding:
            self._console.print(Text(printable(progress.finding)), soft_wrap=True)
        now = time.monotonic()
        if now < self._next_s and progress.done != progress.total:
            return
        self._next_s = now + LINE_EVERY_S
        of = "" if progress.total is None else f"/{progress.total}"
        parts = (progress.stage, f"{progress.done}{of}", progress.note)
        self._console.print(Text(printable(" ".join(filter(None, parts)))), soft_wrap=True)


class ProgressBar:
    """On a terminal: shows each `Progress` it is called with; a bar for each stage.

    Nothing is shown before the first.
    """

    def __init__(self, console: Console) -> None:
        # Without auto_refresh there is no thread that could run inside a timed region.
        self._bars = Bars(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.fields[of]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Takes the bar off the terminal; may be called again."""
        self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        self._bars.start()
        if progress.stage not in self._tasks or progress.done < self._completed(progress.stage):
            self._tasks[progress.stage] = self._bars.add_task(
                progress.stage,
                total=progress.total,
                of="?" if progress.total is None else progress.total,
                note="",
            )
        if progress.finding:
            self._bars.console.print(Text(printable(progress.finding)), soft_wrap=True)
        task = self._tasks[progress.stage]
        self._bars.update(task, completed=progress.done, note=printable(progress.note))
        self._bars.refresh()

    def _completed(self, stage: str) -> float:
        return self._bars.tasks[self._bars.task_ids.index(self._tasks[stage])].completed
