"""Tools that time a callable, each used as its own documentation says, behind one face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from pytimer.devices import Device

STATISTICS = {"mean": np.mean, "median": np.median, "least": np.min}


@dataclass(frozen=True, slots=True)
class Task:
    """A callable to be timed over about so many calls.

    Attributes:
        length_s: roughly how long a call takes, for tools that are told a duration.
    """

    call: Callable[[], object]
    calls: int
    length_s: float
    device: Device


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool says a call takes, and from what: its last `blocks` × `calls` calls.

    A tool that reads the clock around each call has blocks of one.
    """

    estimate_s: float
    blocks: int
    calls: int = 1

    @property
    def timed(self) -> int:
        return self.blocks * self.calls


@dataclass(frozen=True, slots=True)
class Tool:
    """A way of timing.

    Attributes:
        reports: the statistic of its blocks that is its estimate, a key of STATISTICS.
        keeps_samples: whether it reads the clock around each call and keeps what it reads.
        package: what must be installed; None: nothing but pytimer and torch.
    """

    name: str
    reports: str
    read: Callable[[Task], Reading]
    keeps_samples: bool = False
    package: str | None = None

    @property
    def is_peer(self) -> bool:
        return not self.name.startswith("pytimer")

    @property
    def title(self) -> str:
        if self.package is None:
            return self.name
        try:
            return f"{self.name} {metadata.version(self.package)}"
        except metadata.PackageNotFoundError:
            return self.name
