"""What the targets share with the tests of this folder, which are not installed."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).parents[2]


def module(name: str) -> Any:
    """tests/fuzz/<name>.py, with the imports it makes of other tests."""
    if "pytimer_tests" not in sys.modules:
        package = ModuleType("pytimer_tests")
        package.__path__ = [str(TESTS)]
        sys.modules["pytimer_tests"] = package
    return import_module(f"pytimer_tests.fuzz.{name}")
