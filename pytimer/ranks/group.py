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
from functools import partial
from typing import Any, Literal, TypeVar

import torch
from torch._C._distributed_c10d import PrefixStore, ProcessGroupGloo, TCPStore

from pytimer import codec
from pytimer.errors import PyTimerError, RankError, text_of
from pytimer.ranks.blame import INTERRUPTED, LastWord, reasons_of
from pytimer.ranks.clocks import SAME_CLOCK, ClockOffset, Exchange, offset_of
from pytimer.ranks.patience import within
from pytimer.ranks.place import Place
from pytimer.termination import Termination

T = TypeVar("T")

GRACE_S = 2.0
"""How long a rank that lost another waits for the others' words on it."""

BUSY_GRACE_S = 20.0
"""The same where others may be at work, and yet bring a result; torchrun kills after 30 s."""

EXCHANGES = 100
"""Messages to and fro with each rank; the fastest is believed."""

LEAD_S = 0.02
"""From agreeing on a moment until it comes."""

LONGEST_NAP_S = 0.05
LISTEN_EVERY_S = 1.0
RESULT = "result"
_END = "end"
_LEFT = "left"
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
        self._ends: dict[int, LastWord] = {}
        self._others = [rank for rank in range(place.world_size) if rank != place.rank]
        where = f"{place.address}:{place.port}"
        self._gone = f"the meeting point {where} is gone: rank 0, or torchrun, has ended or hangs"
        self._is_gone = False
        try:
            store = within(
                timeout_s,
                partial(
                    TCPStore,
                    place.address,
                    place.port,
                    is_master=place.rank == 0 and not place.agent_has_store,
                    timeout=timedelta(seconds=timeout_s),
                    wait_for_workers=False,
                    multi_tenant=True,
                ),
            )
        except (RuntimeError, ValueError, TimeoutError) as error:
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
            self._gloo = within(
                self.timeout_s + GRACE_S,
                partial(ProcessGroupGloo, prefix, self.place.rank, size, timeout),
            )

    def say(self, name: str, word: Any) -> None:
        """Leaves a word, of plain JSON values, for whoever wants to hear it."""
        text = json.dumps(word, allow_nan=False)
        self._of_store(lambda: self._store.set(f"{name}/{self.place.rank}", text))

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
                awaited = None if told else set(self._others) - self._speakers(name, self._others)
                raise self.lost(name, hung=not told, awaited=awaited)
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
        kind: Literal["error", "interrupted", "lost"] = "error"
        if isinstance(error, RankError):
            kind = "lost"
        elif isinstance(error, KeyboardInterrupt):
            kind = "interrupted"
        text = str(error) if isinstance(error, PyTimerError) else text_of(error)
        with suppress(RankError):
            self.say(_END, codec.encode(LastWord(kind, text)))
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
        end = f"waited for {self.timeout_s:g} s" if hung else "the connection to another was lost"
        error = RankError(f"{end} (at {doing!r})")
        self.tell_end(KeyboardInterrupt(INTERRUPTED) if interrupted else error)
        words = self._last_words(GRACE_S if hung or interrupted else BUSY_GRACE_S)
        suspects = set(self._others if awaited is None else awaited)
        silent = suspects - words.keys() - self._finished()
        waited_s = self.timeout_s if hung else None
        error.reasons = reasons_of(words, silent, doing=doing, waited_s=waited_s)
        self._silent = silent & error.reasons.keys()
        named = error.reasons or {rank: word.reason for rank, word in words.items()}
        if named:
            listed = sorted(named.items())
            error.args = ("; ".join(f"rank {rank}: {reason}" for rank, reason in listed),)
        return error

    @property
    def rank_0_knows(self) -> bool:
        """Whether rank 0 was told why this rank ends, and was alive to hear it."""
        return self._has_told and 0 not in self._silent

    def leave(self) -> None:
        """Says that no word of this rank follows; who keeps the words waits for the others."""
        with suppress(RankError):
            self.say(_LEFT, True)
            if self.place.rank == 0 and not self.place.agent_has_store:
                self._until_left(GRACE_S)

    def last_results(self, *, patience: bool) -> dict[int, Any]:
        """The results of all ranks that are not lost; of those at work, if there is patience."""
        with suppress(RankError):
            self._until_left(BUSY_GRACE_S if patience else GRACE_S, RESULT)
        with suppress(RankError):
            return self._words(RESULT, self._others)
        return {}

    def _until_left(self, patience_s: float, *names: str) -> None:
        """Waits for others that are not lost until they have said one of the words, or left."""
        nap, awaited = _Nap(), set(self._others) - self._silent
        while nap.waited_s < min(patience_s, self.timeout_s):
            for name in (*names, _LEFT):
                awaited -= self._speakers(name, awaited)
            if not awaited:
                return
            nap.take()

    def _last_words(self, patience_s: float) -> dict[int, LastWord]:
        """Why the others end, each waited for a little.

        Longer where several are silent, and no error explains the end: one of them is lost, and
        the others are at work.
        """
        nap, done = _Nap(), self._finished()
        with suppress(RankError):
            while missing := set(self._others) - self._ends.keys() - done:
                explained = any(word.kind == "error" for word in self._ends.values())
                is_clear = len(missing) == 1 or explained
                if nap.waited_s > (GRACE_S if is_clear else min(patience_s, self.timeout_s)):
                    break
                nap.take()
                self._listen()
        return self._ends

    def _listen(self) -> bool:
        """Whether another rank has said that it ends; its word is kept, as it may soon be gone."""
        words = self._words(_END, set(self._others) - self._ends.keys())
        self._ends |= {rank: codec.decode(LastWord, word) for rank, word in words.items()}
        return bool(self._ends)

    def _finished(self) -> set[int]:
        """Ranks whose results are there."""
        with suppress(RankError):
            return self._speakers(RESULT, self._others)
        return set()

    def _words(self, name: str, ranks: Iterable[int]) -> dict[int, Any]:
        def read() -> dict[int, Any]:
            return {rank: json.loads(self._store.get(f"{name}/{rank}")) for rank in there}

        there = self._speakers(name, ranks)
        return self._of_store(read) if there else {}

    def _speakers(self, name: str, ranks: Iterable[int]) -> set[int]:
        """Those of the ranks that have said that word."""
        return self._of_store(
            lambda: {rank for rank in ranks if self._store.check([f"{name}/{rank}"])}
        )

    def _of_store(self, call: Callable[[], T]) -> T:
        """What the store answers; where it has hung once, nothing is asked again."""
        if self._is_gone:
            raise RankError(self._gone)
        try:
            return within(self.timeout_s, call)
        except (RuntimeError, TimeoutError):
            self._is_gone = True
            raise RankError(self._gone) from None

    @contextmanager
    def _losing(self, doing: str, since: _Nap | None = None) -> Iterator[None]:
        """Turns an error of gloo into one that names the rank."""
        since = since or _Nap()
        try:
            yield
        except (RuntimeError, TimeoutError):
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
    return (str(error).splitlines() or ["no answer"])[0]
