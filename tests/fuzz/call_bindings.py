"""Calls the compiled module with wrong types and values, in a process that may die of it.

    python call_bindings.py CASES SEED

Prints each case before it is tried, so that the last line names what ended the process. Addresses
of C functions and of device memory are no part of it: they are believed.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from pytimer import _core
from pytimer.errors import PyTimerError

COUNTS = (0, 1, 2, 5, -1, -(2**31), 2**62, 2**63, 2**64, 10**30, 1.5, True, "3", None, [], 3j)
MOMENTS = (0, 1, 1000, -1, -(2**62), 2**63, 10**30, 0.5, "1", None, True)
SEQUENCES = (
    [], [0], [1, 0, 1], [0] * 50, [-1, 5], [2**62], [3, 1, 2], [0.5], ["1"], [None], 5, None, "abc",
    np.array([], np.int64), np.array([0, 10, 20], np.int64), np.array([20, 0, -5], np.int64),
    np.array([[1, 2], [3, 4]]), np.array([0.0, np.nan]), np.array(["a"]), np.zeros(3, np.int8),
    np.arange(20, dtype=np.int64)[::2], np.array(7),
)  # fmt: skip
OTHERS = (None, 0, "", object(), int, [], _core.Samples, np.zeros(2))


def raises(*_: Any) -> None:
    raise KeyError("as a model may")


def _made(random: Random) -> dict[str, Callable[[], Any]]:
    """What makes an argument of each kind; now and then one of another kind."""

    def of(*makers: Callable[[], Any]) -> Callable[[], Any]:
        wrong = random.random() < 0.1
        return (lambda: random.choice(OTHERS)) if wrong else random.choice(makers)

    function = random.choice([int, raises, abs, None, 3])
    sets = random.choice(
        [
            [((), {})],
            [],
            [((), {"x": 1})],
            [((), None)],
            [()],
            [((1,), {})],
            None,
            [((), {1: 2})],
            "ab",
        ]
    )
    before = random.choice([None, int, raises, 3])
    python_call = lambda: _core.PythonCall(function, sets, before)  # noqa: E731
    good_call = lambda: _core.PythonCall(int, [((), {})])  # noqa: E731
    return {
        "count": lambda: random.choice(COUNTS),
        "moment": lambda: random.choice(MOMENTS),
        "sequence": lambda: random.choice(SEQUENCES),
        "clock": of(_core.HostClock),
        "call": of(python_call, good_call, good_call, lambda: _core.BusyWait(10, 3)),
        "empty": of(_core.EmptyCall, good_call),
        "samples": of(_core.Samples),
        "requests": of(_core.Requests),
        "gate": of(lambda: _core.Gate(int), lambda: _core.Gate(raises), lambda: None),
        "other": lambda: random.choice(OTHERS),
        "text": lambda: random.choice(["", "/no/such.so", "\0", "\ud800", 5, None, "/dev/null"]),
    }


CASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("isolated", ("clock", "call", "count", "samples")),
    ("isolated", ("clock", "empty", "count", "samples")),
    ("paired", ("clock", "call", "call", "sequence", "samples", "samples")),
    ("pipelined", ("clock", "call", "count", "samples", "gate")),
    ("serve_paced", ("clock", "call", "moment", "count", "moment", "requests")),
    ("serve_scheduled", ("clock", "call", "sequence", "count", "moment", "requests")),
    ("BusyWait", ("count", "count")),
    ("WallWindow", ("moment", "moment")),
    ("CapsuleCall", ("other", "other")),
    ("CudaSpin", ("other",)),
    ("CudaClock", ("other", "count", "count")),
    ("CudaQueuedClock", ("other", "other", "count")),
    ("AcceleratorClock", ("other",)),
    ("PythonCall", ("other", "sequence", "other")),
    ("Gate", ("other",)),
)


def try_one(random: Random) -> None:
    """Raises what a binding may not raise."""
    name, kinds = random.choice(CASES)
    made = _made(random)
    kinds = kinds[: len(kinds) if random.random() < 0.9 else random.randrange(len(kinds) + 1)]
    try:
        arguments = [made[kind]() for kind in kinds]
        print(name, *map(repr, arguments), flush=True)
        getattr(_core, name)(*arguments)
        for argument in arguments:
            if isinstance(argument, _core.Samples | _core.Requests):
                _look_into(argument, random)
    except (TypeError, ValueError, MemoryError, KeyError, PyTimerError):
        pass  # KeyError is the model's; of pytimer's, no memory for so many samples


def _look_into(argument: Any, random: Random) -> None:
    if isinstance(argument, _core.Samples):
        argument.copy_latest(random.choice(COUNTS))
        argument.take_clean()
    for column in argument.take().values():
        assert not column.flags.writeable
        column.sum()


def main(cases: int, seed: int) -> None:
    for case in range(cases):
        try_one(Random(seed * 1_000_003 + case))
    gc.collect()
    print("done")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
