"""What all processes that pytimer starts have in common: each is a fresh interpreter."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs `module` in an interpreter like this one."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """That of this process with these variables, in which modules are found as in this one."""
    path = os.pathsep.join(str(folder or Path.cwd()) for folder in sys.path)
    return os.environ | dict(variables) | {"PYTHONPATH": path}


def how_it_ended(code: int) -> str:
    """In words, after "the process": from the code of `subprocess`."""
    if code >= 0:
        return f"ended with exit code {code}"
    named = {number.value: number.name for number in signal.Signals}
    return f"was killed by {named.get(-code, f'signal {-code}')}"


def die_with_parent() -> None:
    """In the child: whoever is killed without a chance to clean up leaves none behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # prctl(2)
