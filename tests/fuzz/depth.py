"""How many cases a property is tried with: few always, many in `make test-all`."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy, just

_ALWAYS = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


def fuzzed(
    *, usual: int, deep: int, **strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a test of a property of random values.

    Args:
        usual: cases that are always tried, and always the same.
        deep: cases that the slow suite tries; others each time, with a line that reproduces one.
        strategies: of the property's arguments; the others are fixtures of a module or a session.
    """

    def decorate(holds: Callable[..., None]) -> Callable[..., None]:
        fixtures = [name for name in signature(holds).parameters if name not in strategies]

        @pytest.mark.parametrize("cases", [usual, pytest.param(deep, marks=pytest.mark.slow)])
        def test(cases: int, request: pytest.FixtureRequest) -> None:
            profile = settings(max_examples=cases, derandomize=cases == usual, **_ALWAYS)
            found = {name: just(request.getfixturevalue(name)) for name in fixtures}
            profile(given(**strategies, **found)(holds))()

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return decorate
