"""Signals that end a program, heard so that what is known can be written down first."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

OUT_OF_TIME = signal.SIGALRM
"""Sent to a process that was given so much time, when that is over."""

FAILED = 2
"""The exit code of a command that could not do what it should, as in the README."""


class Termination:
    """A context in which Ctrl-C, SIGTERM and SIGHUP are a KeyboardInterrupt.

    Further signals are not heard while that KeyboardInterrupt is being dealt with; should the code
    that was interrupted swallow it, the next one is. A signal that was ignored stays so (SIGHUP
    under nohup). Outside the main thread, which alone hears signals, it does nothing.

    Args:
        out_of_time: why the program ends on OUT_OF_TIME, in words; None: that is not listened to.

    Attributes:
        heard: the signal that was heard last; None before there was one.
    """

    def __init__(self, out_of_time: str | None = None) -> None:
        self._out_of_time = out_of_time
        self.heard: signal.Signals | None = None
        self._raised: KeyboardInterrupt | None = None
        self._is_ignoring = False
        self._is_holding = False
        self._held: int | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._pid = os.getpid()

    def __enter__(self) -> Termination:
        if threading.current_thread() is threading.main_thread():
            for number in (*_ENDING, *([OUT_OF_TIME] if self._out_of_time else [])):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        if self._raised is not None:
            _forget_unhandled()
        self._raised = None
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def end_copies(self) -> None:
        """Ends this process where a fork within the context has made it: the other one goes on."""
        if os.getpid() != self._pid:
            os._exit(0)

    @property
    def cause(self) -> str:
        """Why the program ends, for its last line."""
        if self.heard is None or self.heard is signal.SIGINT:
            return "interrupted"
        if self.heard is OUT_OF_TIME and self._out_of_time is not None:
            return self._out_of_time
        return f"ended by {self.heard.name}"

    @property
    def exit_code(self) -> int:
        """128 + the number of the signal, as shells have it; out of time is a failure."""
        return FAILED if self.heard is OUT_OF_TIME else 128 + (self.heard or signal.SIGINT)

    def ignore(self) -> None:
        """No further signal is heard in this context: the end is being written down."""
        self._is_ignoring = True

    @contextmanager
    def holding(self) -> Iterator[None]:
        """What is done inside is finished first; a signal that came meanwhile is heard then."""
        self._is_holding = True
        try:
            yield
        finally:
            self._is_holding = False
            held, self._held = self._held, None
            if held is not None:
                self._hear(held)

    def _hear(self, number: int, frame: FrameType | None = None) -> None:
        if self._is_ignoring or self._is_dealt_with():
            return
        if self._is_holding:
            self._held = number
            return
        self.heard = signal.Signals(number)
        self._raised = KeyboardInterrupt()
        raise self._raised

    def _is_dealt_with(self) -> bool:
        """Whether this moment is within the handling of the last KeyboardInterrupt."""
        error = sys.exc_info()[1]
        while error is not None:
            if error is self._raised:
                return True
            error = error.__context__
        return False


def _forget_unhandled() -> None:
    """Else Python may end by SIGINT, whatever it is told to end with.

    It notes a KeyboardInterrupt that leaves a text which C code has it run, as torch's does while
    it is imported, and looks at that note at its end, although somebody has dealt with the
    exception meanwhile. The next text that is run clears the note.
    """
    exec("")
