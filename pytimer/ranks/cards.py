"""What each rank says it is about to measure, compared before anything is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytimer import codec
from pytimer.errors import PlanError


@dataclass(frozen=True, slots=True)
class Card:
    """What a rank measures, by names, and where.

    Attributes:
        same: what must be the same on all ranks.
        node: the name of its machine.
    """

    same: Mapping[str, str]
    node: str


def named_fields(prefix: str, value: Any) -> dict[str, str]:
    """Every field of a plan as text, by its path."""
    return {name: str(leaf) for name, leaf in codec.flat(codec.encode(value), prefix)}


def check_same(cards: Mapping[int, Card]) -> None:
    """Raises PlanError where ranks differ; it names the fields, the values and the ranks."""
    first = cards[0].same
    for rank, card in sorted(cards.items()):
        names = sorted(first.keys() | card.same.keys())
        differing = [
            f"{name} is {first.get(name, 'not there')} on rank 0 and "
            f"{card.same.get(name, 'not there')} on rank {rank}"
            for name in names
            if first.get(name) != card.same.get(name)
        ]
        if differing:
            raise PlanError(
                f"expected the same on all ranks, but {'; '.join(differing)}; start all ranks "
                "with the same options"
            )
