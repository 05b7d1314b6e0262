"""Structure-aware mutation of JSON values: mostly of the right types, so that most get far."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
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


def mutated(value: Any, random: Random, most: int = 3) -> Any:
    """A copy of `value` with one mutation, or a few; unlike it."""
    root = [copy.deepcopy(value)]
    for _ in range(random.choice([1, 1, 1, *range(1, most + 1)])):
        _mutate(root, random)
    while root == [value]:
        _mutate(root, random)
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


def _mutate(root: list[Any], random: Random) -> None:
    places = list(_places(root))
    parent, key = random.choice(places)
    random.choice(_MUTATIONS)(parent, key, random, places)


def _places(container: Any) -> Iterator[Place]:
    """Every place below; of a long list of numbers a few, or they would be almost all."""
    items = container.items() if isinstance(container, dict) else enumerate(container)
    for key, item in list(items):
        if isinstance(container, dict) or key < 3 or key == len(container) - 1:
            yield container, key
        if isinstance(item, dict | list):
            yield from _places(item)


def _drop(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    del parent[key]
    if not parent and isinstance(parent, list):
        parent.append(None)


def _shorten(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(parent[key], list | str):
        parent[key] = parent[key][: random.choice([0, 0, 1, 2, len(parent[key]) // 2])]


def _lengthen(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(parent[key], list):
        parent[key] = parent[key] + copy.deepcopy(parent[key][: random.choice([1, 2, 40])])


def _reorder(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(parent[key], list):
        random.shuffle(parent[key])


def _all_alike(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(parent[key], list) and parent[key]:
        item = random.choice([parent[key][0], _like(parent[key][0], random)])
        parent[key] = [item] * len(parent[key])


def _rename(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(parent, dict):
        names = [name for container, name in places if container is not parent]
        name = str(random.choice([*STRINGS, *names]))
        parent[name] = parent.pop(key)


def _to_null(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    parent[key] = None


def _to_another_of_its_type(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    parent[key] = _like(parent[key], random)


def _to_what_is_elsewhere(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    kind = type(parent[key])
    alike = [(c, k) for c, k in places if type(c[k]) is kind] if random.random() < 0.8 else places
    container, other = random.choice(alike or places)
    parent[key] = copy.deepcopy(container[other])


def _to_another_type(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    value = random.choice([True, False, None, "", "x", 0, 1.5, [], {}, [parent[key]]])
    parent[key] = value


def _deepen(parent: Any, key: Any, random: Random, places: list[Place]) -> None:
    for _ in range(random.choice([1, 2, 50])):
        parent[key] = random.choice([[parent[key]], {"x": parent[key]}])


def _like(value: Any, random: Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        whole = [number for number in NUMBERS if isinstance(number, int)]
        return random.choice([*whole, value + 1, value - 1, -value])
    if isinstance(value, float):
        return random.choice([*NUMBERS, -value, value * 1e6, value / 1e6])
    if isinstance(value, str):
        return random.choice([*STRINGS, value + "x", value[::-1]])
    return value


_MUTATIONS: tuple[Callable[[Any, Any, Random, list[Place]], None], ...] = (
    _drop,
    _shorten,
    _shorten,
    _lengthen,
    _reorder,
    _all_alike,
    _rename,
    _to_null,
    _to_null,
    _to_another_of_its_type,
    _to_another_of_its_type,
    _to_another_of_its_type,
    _to_another_of_its_type,
    _to_what_is_elsewhere,
    _to_what_is_elsewhere,
    _to_another_type,
    _deepen,
)
