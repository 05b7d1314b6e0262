"""Dataclasses to plain JSON values and back, by their type annotations.

Decoding checks every value against its annotation, and runs the checks of the dataclasses
themselves; what does not fit is a ValueError that names the place. Nothing is executed.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from pytimer import require
from pytimer.fields import is_added


def encode(value: Any, *, arrays: Callable[[Any], Any] = np.ndarray.tolist) -> Any:
    """`value` as dicts, lists, strings and numbers.

    Args:
        arrays: what becomes of a numpy array; a list.

    Raises:
        TypeError: a value of a kind that no result holds.
    """
    if is_dataclass(value) and not isinstance(value, type):
        named = ((one, getattr(value, one.name)) for one in fields(value))
        return {
            one.name: encode(item, arrays=arrays)
            for one, item in named
            if not (is_added(one) and item == one.default)
        }
    if isinstance(value, np.ndarray):
        return arrays(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item, arrays=arrays) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item, arrays=arrays) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"cannot encode {type(value).__name__}")


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of an encoded value, each by its path, such as "host.cpu" under `name`."""
    if not isinstance(value, dict):
        yield name, value
        return
    for key, item in value.items():
        yield from flat(item, f"{name}.{key}" if name else key)


def decode(kind: Any, value: Any, place: str = "result") -> Any:
    """The `kind` that was encoded as `value`.

    Raises:
        ValueError: `value` does not fit `kind`; the message names the place inside.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _decode_dataclass(kind, value, place)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, value, place)
    if origin is Literal:
        if not any(type(value) is type(choice) and value == choice for choice in arguments):
            raise _misfit(place, " or ".join(map(repr, arguments)), value)
        return value
    if origin is tuple:
        items = _expect(list, value, place, "a list")
        return tuple(decode(arguments[0], item, f"{place}[{i}]") for i, item in enumerate(items))
    if origin is Mapping:
        entries = _expect(dict, value, place, "an object")
        return {key: decode(arguments[1], entries[key], f"{place}.{key}") for key in entries}
    if origin is np.ndarray:
        return _decode_array(arguments[1], value, place)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value not in list(kind):
            raise _misfit(place, f"one of {', '.join(kind)}", value)
        return kind(value)
    return _decode_scalar(kind, value, place)


def _decode_dataclass(kind: Any, value: Any, place: str) -> Any:
    entries = _expect(dict, value, place, "an object")
    hints = _hints(kind)
    if unknown := entries.keys() - hints.keys():
        raise ValueError(f"{place} has unknown keys {', '.join(sorted(map(repr, unknown)))}")
    needed = {one.name for one in fields(kind) if not is_added(one)}
    if missing := needed - entries.keys():
        raise ValueError(f"{place} lacks {', '.join(sorted(missing))}")
    decoded = {name: decode(hints[name], entries[name], f"{place}.{name}") for name in entries}
    try:
        return kind(**decoded)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _decode_union(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    errors = []
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return decode(kind, value, place)
        except ValueError as error:
            errors.append(str(error))
    raise ValueError("; or ".join(errors))


def _decode_array(dtype: Any, value: Any, place: str) -> Any:
    (element,) = get_args(dtype)
    items = _expect(list, value, place, "a list of numbers")
    kinds = set(map(type, items))
    if element is np.float64 and kinds <= {float}:
        array = np.array(items, dtype=np.float64)
        if (np.abs(array) <= require.MOST).all():  # which no NaN is
            return array
    for index, item in enumerate(items):
        where = f"{place}[{index}]"
        _decode_scalar(float if element is np.float64 else int, item, where)
        if element is np.uint8 and not 0 <= item <= 255:
            raise _misfit(where, "within 0 to 255", item)
    return np.array(items, dtype=element)


def _decode_scalar(kind: Any, value: Any, place: str) -> Any:
    if kind is float and type(value) in (int, float):
        if not abs(value) <= require.MOST:
            raise _misfit(place, f"a finite number up to {require.MOST:g}", value)
        return float(value)
    if type(value) is not kind:
        raise _misfit(place, kind.__name__, value)
    if kind is int and abs(value) > require.MOST_INTEGER:
        raise _misfit(place, "an integer of 64 bits", value)
    return value


def _expect(kind: type[Any], value: Any, place: str, words: str) -> Any:
    if not isinstance(value, kind):
        raise _misfit(place, words, value)
    return value


def _misfit(place: str, expected: str, value: Any) -> ValueError:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return ValueError(f"{place} must be {expected}, got {shown}")
