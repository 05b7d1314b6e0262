"""Ranks that talk to each other: over torch's key-value store, and a gloo group.

The store has words that outlive their speaker; gloo has what is quick: meeting, and messages that
time the clocks. Both use the host's network only, so that no device works for them. NCCL would
occupy the device that is measured. Words are JSON: nothing that arrives is executed.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Literal

import torch
from torch._C._distributed_c10d import PrefixStore, ProcessGroupGloo, TCPStore

from pytimer.errors import PyTimerError, RankError, text_of
from pytimer.ranks.clocks import SAME_CLOCK, ClockOffset, Exchange, offset_of
from pytimer.ranks.place import Place
from pytimer.termination import Termination

GRACE_S = 2.0
"""How long a rank that lost another waits for the others' words on it."""

EXCHANGES = 100
"""Messages to and fro with each rank; the fastest is believed."""

LEAD_S = 0.02
"""From agreeing on a moment until it comes."""

INTERRUPTED = "was told to end"

LONGEST_NAP_S = 0.05
LISTEN_EVERY_S = 1.0
RESULT = "result"
_END = "end"
_TAG = 0

_sessions = itertools.count()


class Group:
    """This rank's connection to the others. Every wait ends within `timeout_s`.

    Raises:
        RankError: from every method, when another rank has ended, does not answer in time, or
            cannot be reached; `reasons` names the ranks.
    """

    def __init__(self, place: Place, timeout_s: float, termination: Termination) -> None:
        self.place = place
        self.timeout_s = timeout_s
        self.termination = termination
        self._has_told = False
        self._silent: set[int] = set()
        self._ends: dict[int, Any] = {}
        self._others = [rank for rank in range(place.world_size) if rank != place.rank]
        where = f"{place.address}:{place.port}"
        self._gone = f"the meeting point {where} is gone: rank 0, or torchrun, has ended"
        try:
            store = TCPStore(
                place.address,
                place.port,
                is_master=place.rank == 0 and not place.agent_has_store,
                timeout=timedelta(seconds=timeout_s / 2),  # it tries twice
                wait_for_workers=False,
                multi_tenant=True,
            )
        except (RuntimeError, ValueError) as error:
            raise RankError(
                f"rank {place.rank} cannot meet the others at {where} within {timeout_s:g} s "
                f"({_first_line(error)}); check MASTER_ADDR and MASTER_PORT, or --rdzv-endpoint"
            ) from None
        self._store = PrefixStore(f"pytimer/{place.attempt}/{next(_sessions)}", store)
        self._gloo: Any = None

    def connect(self) -> None:
        """Opens the gloo group; all ranks have to come."""
        size, timeout = self.place.world_size, timedelta(seconds=self.timeout_s)
        prefix = PrefixStore("gloo", self._store)
        with self._losing("connecting"):
            self._gloo = ProcessGroupGloo(prefix, self.place.rank, size, timeout)

    def say(self, name: str, word: Any) -> None:
        """Leaves a word, of plain JSON values, for whoever wants to hear it."""
        with self._reaching_store():
            self._store.set(f"{name}/{self.place.rank}", json.dumps(word, allow_nan=False))

    def hear(self, name: str, ranks: Iterable[int]) -> dict[int, Any]:
        """The words of these ranks, each waited for."""
        missing, words = set(ranks), dict[int, Any]()
        nap = _Nap()
        while True:
            words |= self._words(name, missing)
            missing -= words.keys()
            if not missing:
                return words
            if nap.waited_s > self.timeout_s or self._listen():
                raise self.lost(name, hung=nap.waited_s > self.timeout_s, awaited=missing)
            nap.take()

    def heard(self, name: str) -> dict[int, Any]:
        """The words that are there already, of all ranks."""
        with suppress(RankError):
            return self._words(name, range(self.place.world_size))
        return {}

    def meet(self, name: str, call: Callable[[], object] | None = None) -> None:
        """Returns when all ranks have come here.

        Args:
            name: what they meet for; used once.
            call: made until then; None: nothing is done.
        """
        self.say(name, "here")
        with self._losing(name):
            work = self._gloo.barrier()
        nap = _Nap()
        while not work.is_completed():
            if call is not None:
                call()
            else:
                nap.take()
            told = nap.is_time_to_listen() and self._listen()
            if told or nap.waited_s > self.timeout_s:
                raise self.lost(name, hung=not told)
        with self._losing(name, since=nap):
            work.wait()

    def moment_ns(self) -> int:
        """A moment soon to come, on the clock of rank 0, the same for all ranks."""
        if self.place.rank == 0:
            self.say("moment", time.monotonic_ns() + round(LEAD_S * 1e9))
        return int(self.hear("moment", [0])[0])

    def clock(self) -> ClockOffset:
        """How far this rank's monotonic clock is from that of rank 0; all ranks have to ask."""
        with self._losing("clocks"):
            if self.place.rank > 0:
                return offset_of([self._ask() for _ in range(EXCHANGES)])
            for rank in self._others:
                for _ in range(EXCHANGES):
                    self._answer(rank)
        return SAME_CLOCK

    def _ask(self) -> Exchange:
        stamps = torch.zeros(2, dtype=torch.int64)
        sent_ns = time.monotonic_ns()
        self._gloo.send([stamps], 0, _TAG).wait()
        self._gloo.recv([stamps], 0, _TAG).wait()
        returned_ns = time.monotonic_ns()
        arrived_ns, answered_ns = stamps.tolist()
        return Exchange(sent_ns, arrived_ns, answered_ns, returned_ns)

    def _answer(self, rank: int) -> None:
        stamps = torch.zeros(2, dtype=torch.int64)
        self._gloo.recv([stamps], rank, _TAG).wait()
        stamps[0] = time.monotonic_ns()
        stamps[1] = time.monotonic_ns()
        self._gloo.send([stamps], rank, _TAG).wait()

    def tell_end(self, error: BaseException) -> None:
        """Tells the others that this rank ends, and why."""
        kind: Literal["lost", "interrupted", "error"] = "error"
        if isinstance(error, RankError):
            kind = "lost"
        elif isinstance(error, KeyboardInterrupt):
            kind = "interrupted"
        text = str(error) if isinstance(error, PyTimerError) else text_of(error)
        with suppress(RankError):
            self.say(_END, {"kind": kind, "reason": text})
            self._has_told = True

    def lost(
        self,
        doing: str,
        *,
        hung: bool = False,
        awaited: Iterable[int] | None = None,
        interrupted: bool = False,
    ) -> RankError:
        """The error that says which ranks have ended or hang.

        Tells the others, and waits a little for their words on it: who says nothing is lost.

        Args:
            doing: what this rank was at.
            hung: whether it waited as long as it may.
            awaited: ranks that have not done their part; None: all others.
            interrupted: whether this rank was told to end, rather than that it missed another.

        Returns:
            With `reasons`; they are empty where all that is known is that a connection broke.
        """
        self.termination.ignore()
        with suppress(RankError):
            self._listen()  # before the others know that this one has ended too
        error = RankError(f"the connection to another rank was lost (at {doing!r})")
        self.tell_end(KeyboardInterrupt(INTERRUPTED) if interrupted else error)
        words = self._last_words()
        suspects = set(self._others if awaited is None else awaited)
        self._silent = suspects - words.keys() - self._finished()
        silence = f"ended without a word (at {doing!r}); see what it printed"
        if hung:
            silence = f"gave no word for {self.timeout_s:g} s (at {doing!r}); raise --timeout"
        told = {rank: word["reason"] for rank, word in words.items() if word["kind"] == "error"}
        ended = [rank for rank, word in words.items() if word["kind"] == "interrupted"]
        # Who was interrupted is to blame only where nobody else is: torchrun interrupts them all.
        error.reasons = told | dict.fromkeys(sorted(self._silent), silence) or dict.fromkeys(
            ended, INTERRUPTED
        )
        if error.reasons:
            listed = sorted(error.reasons.items())
            error.args = ("; ".join(f"rank {rank}: {reason}" for rank, reason in listed),)
        return error

    @property
    def rank_0_knows(self) -> bool:
        """Whether rank 0 was told why this rank ends, and was alive to hear it."""
        return self._has_told and 0 not in self._silent

    def leave(self) -> None:
        """Waits a little, where this rank keeps the words, for the others to have heard the end."""
        if self.place.rank == 0 and not self.place.agent_has_store:
            self._last_words()

    def _last_words(self) -> dict[int, Any]:
        """Why the others end; of those that are not silent already, waited for a little."""
        nap, done = _Nap(), self._silent | self._finished()
        with suppress(RankError):
            while nap.waited_s < GRACE_S and set(self._others) - self._ends.keys() - done:
                nap.take()
                self._listen()
        return self._ends

    def _listen(self) -> bool:
        """Whether another rank has said that it ends; its word is kept, as it may soon be gone."""
        self._ends |= self._words(_END, set(self._others) - self._ends.keys())
        return bool(self._ends)

    def _finished(self) -> set[int]:
        """Ranks whose results are there."""
        with suppress(RankError):
            return self._speakers(RESULT, self._others)
        return set()

    def _words(self, name: str, ranks: Iterable[int]) -> dict[int, Any]:
        with self._reaching_store():
            return {
                rank: json.loads(self._store.get(f"{name}/{rank}"))
                for rank in self._speakers(name, ranks)
            }

    def _speakers(self, name: str, ranks: Iterable[int]) -> set[int]:
        """Those of the ranks that have said that word."""
        with self._reaching_store():
            return {rank for rank in ranks if self._store.check([f"{name}/{rank}"])}

    @contextmanager
    def _reaching_store(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError:
            raise RankError(self._gone) from None

    @contextmanager
    def _losing(self, doing: str, since: _Nap | None = None) -> Iterator[None]:
        """Turns an error of gloo into one that names the rank."""
        since = since or _Nap()
        try:
            yield
        except RuntimeError:
            raise self.lost(doing, hung=since.waited_s >= self.timeout_s) from None


class _Nap:
    """Waits that grow, so that a long one wakes the machine seldom."""

    def __init__(self) -> None:
        self._begin_s = self._listened_s = time.monotonic()

    @property
    def waited_s(self) -> float:
        return time.monotonic() - self._begin_s

    def take(self) -> None:
        time.sleep(min(max(self.waited_s / 10, 1e-3), LONGEST_NAP_S))

    def is_time_to_listen(self) -> bool:
        now_s = time.monotonic()
        if now_s - self._listened_s < LISTEN_EVERY_S:
            return False
        self._listened_s = now_s
        return True


@contextmanager
def joined(place: Place, timeout_s: float, termination: Termination) -> Iterator[Group]:
    """The group of all ranks; tells the others when it is left by an exception.

    Raises:
        RankError: the others cannot be met.
    """
    group = Group(place, timeout_s, termination)
    try:
        yield group
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        termination.ignore()
        group.tell_end(error)
        group.leave()
        raise


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]
