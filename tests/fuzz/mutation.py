"""Structure-aware mutation of JSON values: mostly of the right types, so that most get far."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

NUMBERS = (
    0, 1, -1, 2, 3, 7, 255, 256, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**30, 10**400,
    0.0, -0.0, 0.5, 1.0, -1.0, 1e-9, 5e-324, 1e-300, 1e12, 1e100, 1e308, -1e308,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip

STRINGS = (
    "", " ", "\0", "\n", "\r\n\t", "\ud800", "é", "日本", "\u202e", "\x1b[31m", "[bold]", "[/]",
    "|", "```", "<script>", "&amp;", "$x^2$", "$\\frac{$", "{}", "%s", "%", "a" * 2000, "auto",
    "none", "nan", "1e999", "../x", "=1+1",
)  # fmt: skip

TOKENS = (b"null", b"NaN", b"1e999", b"{}", b"[", b'"', b"\\u", b"\x00", b"\xff")

Place = tuple[Any, Any]
"""A container and the key or the index in it."""


def mutated(value: Any, random: Random) -> Any:
    """A copy of `value` with one mutation, or a few; unlike it."""
    made = value
    while made == value:
        made = mutated_in_place(copy.deepcopy(value), random)
    return made


def mutated_in_place(value: Any, random: Random) -> Any:
    """The value after one mutation, or a few, some of which may have no effect."""
    root = [value]
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        parent, key = _place(root, random)
        random.choice(_MUTATIONS)(parent, key, random, root)
    return root[0]


def mutated_text(text: bytes, random: Random) -> bytes:
    """The bytes cut off, flipped, doubled in part, or with something in between."""
    at = random.randrange(len(text) + 1)
    to = min(at + random.randrange(1, 9), len(text))
    before, between, after = text[:at], text[at:to], text[to:]
    return random.choice(
        [
            before,
            between + after,
            before + bytes(byte ^ 1 << random.randrange(8) for byte in between) + after,
            before + between + between + after,
            before + random.randbytes(random.randrange(1, 5)) + between + after,
            before + random.choice(TOKENS) + after,
        ]
    )


def as_text(document: Any) -> bytes:
    """JSON as Python writes it: NaN and half of a surrogate pair included."""
    return json.dumps(document).encode()


def _place(root: list[Any], random: Random) -> Place:
    """A place somewhere inside, most often a leaf; where more is inside, more often."""
    container: Any = root
    while True:
        keys = [*container] if isinstance(container, dict) else range(len(container))
        (key,) = random.choices(keys, [_weight(container[key]) for key in keys])
        inside = container[key]
        if not isinstance(inside, dict | list) or not inside or random.random() < 0.1:
            return container, key
        container = inside


def _weight(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + 3 * len(value)
    return 1 + min(len(value), 5) if isinstance(value, list) else 1


def _drop(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    if parent is not root:
        del parent[key]


def _shorten(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    if isinstance(parent, list) and parent is not root:
        del parent[random.choice([0, 0, 1, 2, len(parent) // 2]) :]


def _lengthen(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    if isinstance(parent, list) and parent is not root:
        parent += copy.deepcopy(parent[: random.choice([1, 2, 40])])


def _reorder(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    if isinstance(parent, list):
        random.shuffle(parent)


def _all_alike(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    if isinstance(parent, list) and parent is not root:
        item = random.choice([parent[key], _like(parent[key], random)])
        parent[:] = [item] * len(parent)


def _rename(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    if isinstance(parent, dict):
        name = random.choice([*STRINGS, str(_place(root, random)[1])])
        parent[name] = parent.pop(key)


def _to_null(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    parent[key] = None


def _to_another_of_its_type(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    parent[key] = _like(parent[key], random)


def _to_what_is_elsewhere(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    """Of the same type, unless none is found soon."""
    for _ in range(10):
        container, other = _place(root, random)
        if type(container[other]) is type(parent[key]):
            break
    parent[key] = copy.deepcopy(container[other])


def _to_another_type(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    value = random.choice([True, False, None, "", "x", 0, 1.5, [], {}, [parent[key]]])
    parent[key] = value


def _deepen(parent: Any, key: Any, random: Random, root: list[Any]) -> None:
    for _ in range(random.choice([1, 2, 50])):
        parent[key] = random.choice([[parent[key]], {"x": parent[key]}])


def _like(value: Any, random: Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        whole = random.choice([number for number in NUMBERS if isinstance(number, int)])
        return random.choice([whole, value + 1, value - 1, -value])
    if isinstance(value, float):
        return random.choice([random.choice(NUMBERS), 0.0, -value, value * 1e6, value / 1e6])
    if isinstance(value, str):
        return random.choice([*STRINGS, value + "x", value[::-1]])
    return value


_MUTATIONS: tuple[Callable[[Any, Any, Random, list[Any]], None], ...] = (
    *[_to_another_of_its_type] * 8,
    *[_to_what_is_elsewhere] * 3,
    *[_shorten, _lengthen, _all_alike] * 2,
    _reorder,
    _to_null,
    _to_null,
    _drop,
    _rename,
    _to_another_type,
    _deepen,
)
"""Those after which most values still have their types come up most."""
