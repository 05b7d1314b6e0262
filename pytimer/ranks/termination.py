"""SIGTERM, which torchrun sends to all ranks when one has ended."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Termination:
    """A context in which the first SIGTERM is a KeyboardInterrupt, and later ones are ignored.

    So what has been measured can be kept. Outside the main thread, which alone hears signals, it
    does nothing.
    """

    def __init__(self) -> None:
        self._is_main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Termination:
        if self._is_main:
            self._before = signal.signal(signal.SIGTERM, self._interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_main:
            signal.signal(signal.SIGTERM, self._before)

    def ignore(self) -> None:
        """No further SIGTERM is heard in this context: the end is being written down."""
        if self._is_main:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.ignore()
        raise KeyboardInterrupt
