"""Where a rank waits until all may begin, and what it does until all have ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytimer.errors import OF_OTHERS, CallError, PyTimerError, text_of
from pytimer.ranks.clocks import SAME_CLOCK
from pytimer.ranks.group import Group

SPIN_S = 2e-3
"""The last part of the wait is spent awake: a sleep may end late."""


class StartLine:
    """The turn of one rank: see `pytimer.measure.Turn`.

    Attributes:
        clock: of this rank, as seen when all had warmed up.
        moment_ns: when all were to begin, on the clock of rank 0.
        opened_ns, closed_ns: when this rank's samples began and ended, on its own clock.
        failure: what went wrong after its samples were taken; None where nothing did.
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self.clock = SAME_CLOCK
        self.moment_ns = 0
        self.opened_ns = 0
        self.closed_ns = 0
        self.failure: PyTimerError | KeyboardInterrupt | None = None

    def meet(self) -> None:
        self._group.meet("warmed up")
        self.clock = self._group.clock()

    def begin(self) -> None:
        self._group.meet("ready")
        self.moment_ns = self._group.moment_ns()
        here_ns = self.moment_ns - round(self.clock.offset_s * 1e9)
        time.sleep(max((here_ns - time.monotonic_ns()) / 1e9 - SPIN_S, 0.0))
        while time.monotonic_ns() < here_ns:
            pass
        self.opened_ns = time.monotonic_ns()

    def end(self, call: Callable[[], object]) -> None:
        self.closed_ns = time.monotonic_ns()
        try:
            self._group.meet("measured", call)
        except (
            KeyboardInterrupt,
            PyTimerError,
        ) as error:  # the samples are taken; none may be lost
            self.failure = error
        except OF_OTHERS as error:
            self.failure = CallError(f"the model raised after its samples: {text_of(error)}")
