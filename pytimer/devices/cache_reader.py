"""Fills a device's cache by reads, so that no dirty line is left to be written back later."""

from __future__ import annotations

from collections.abc import Callable

import torch


def cache_reader(device: str, size_bytes: int) -> Callable[[], None]:
    """A function that puts the reading of as many bytes on the device's current stream."""
    buffer = torch.ones(size_bytes // 4, dtype=torch.float32, device=device)
    total = torch.zeros((), dtype=torch.float32, device=device)

    def read() -> None:
        torch.sum(buffer, dim=0, out=total)

    return read
