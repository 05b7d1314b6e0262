"""Which batch size to try next: strategies that know only which sizes have fitted.

A strategy yields sizes to try and is sent whether each fitted; it ends when it knows the answer.
Both assume that if a size fits, every smaller one does.
"""

from __future__ import annotations

from collections.abc import Generator

from pytimer.plan import Strategy

Sizes = Generator[int, bool, None]


def sizes_to_try(strategy: Strategy, cap: int | None) -> Sizes:
    """Sizes from 1 on, none above `cap`; the largest that fitted is the answer."""
    return _binary(cap) if strategy is Strategy.BINARY else _sequential(cap)


def _sequential(cap: int | None) -> Sizes:
    size = 1
    while (cap is None or size <= cap) and (yield size):
        size += 1


def _binary(cap: int | None) -> Sizes:
    fitted, size = 0, 1
    while (yield size):
        fitted = size
        if size == cap:
            return
        size = 2 * size if cap is None else min(2 * size, cap)
    failed = size
    while failed - fitted > 1:
        middle = (fitted + failed) // 2
        if (yield middle):
            fitted = middle
        else:
            failed = middle
