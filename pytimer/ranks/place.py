"""Which of several processes this one is, as torchrun says in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytimer.errors import RankError

_NAMES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True, slots=True)
class Place:
    """This process among those that were started together.

    Attributes:
        rank: 0 to world_size - 1; rank 0 prints and writes.
        local_rank: the rank on its own machine.
        address, port: where all meet.
        agent_has_store: whether torchrun itself listens there; else rank 0 does.
        attempt: how often torchrun has started all anew.
    """

    rank: int
    world_size: int
    local_rank: int
    address: str
    port: int
    agent_has_store: bool = False
    attempt: int = 0

    def device_name(self, name: str | None, *, has_cuda: bool) -> str:
        """The device for `name`: without an index, that of the local rank among several."""
        if name is None:
            name = "cuda" if has_cuda else "cpu"
        is_one = ":" in name or name in ("cpu", "mps")
        return name if is_one else f"{name}:{self.local_rank}"


def place_of(environment: Mapping[str, str]) -> Place | None:
    """The place that these variables describe; None where there are not several ranks.

    Raises:
        RankError: they describe none, such as a rank that is no number.
    """
    if any(name not in environment for name in _NAMES):
        return None
    rank, size = _count(environment, "RANK"), _count(environment, "WORLD_SIZE")
    if size < 2:
        return None
    if rank >= size:
        raise RankError(f"RANK must be less than WORLD_SIZE, got {rank} and {size}; use torchrun")
    return Place(
        rank,
        size,
        _count(environment, "LOCAL_RANK", rank),
        environment["MASTER_ADDR"],
        _count(environment, "MASTER_PORT"),
        environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        _count(environment, "TORCHELASTIC_RESTART_COUNT", 0),
    )


def _count(environment: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = environment.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isdecimal():
        raise RankError(f"{name} must be a number, got {text!r}; use torchrun, which sets it")
    return int(text)
