"""Values as JSON text, piece by piece: a long array is never whole as Python objects or as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

NUMBERS_IN_LINE = 100
NUMBERS_IN_PIECE = 100 * NUMBERS_IN_LINE


def pieces(value: Any, depth: int = 0) -> Iterator[str]:
    """The text of `value`, one blank of indentation a level; joined it is one JSON value.

    Args:
        value: dicts with text keys, lists, numpy arrays of one dimension, texts, numbers, None.
            Arrays are written as lists, 100 numbers on a line.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    if isinstance(value, np.ndarray):
        yield from _array(value, depth)
    elif isinstance(value, dict) and value:
        before = "{"
        for key, item in value.items():
            yield f"{before}{_line(depth + 1)}{_plain(key)}: "
            yield from pieces(item, depth + 1)
            before = ","
        yield f"{_line(depth)}}}"
    elif isinstance(value, list) and value:
        before = "["
        for item in value:
            yield before + _line(depth + 1)
            yield from pieces(item, depth + 1)
            before = ","
        yield f"{_line(depth)}]"
    else:
        yield _plain(value)


def _array(array: np.ndarray[Any, Any], depth: int) -> Iterator[str]:
    if not len(array):
        yield "[]"
        return
    between = "," + _line(depth + 1)
    before = "[" + _line(depth + 1)
    for start in range(0, len(array), NUMBERS_IN_PIECE):
        numbers = array[start : start + NUMBERS_IN_PIECE].tolist()
        lines = (
            _plain(numbers[i : i + NUMBERS_IN_LINE])[1:-1]
            for i in range(0, len(numbers), NUMBERS_IN_LINE)
        )
        yield before + between.join(lines)
        before = between
    yield f"{_line(depth)}]"


def _line(depth: int) -> str:
    return "\n" + " " * depth


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
