"""The compiled module, called with what it was not made for."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("call_bindings.py")


@pytest.mark.parametrize(
    ("cases", "seed"), [(500, 1), pytest.param(20_000, 2, marks=pytest.mark.slow)]
)
def test_no_argument_ends_the_process(cases, seed):
    """In a process of its own, whose last line says what it died of."""
    done = subprocess.run(
        [sys.executable, SCRIPT, str(cases), str(seed)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout[-500:], done.stderr[-2000:])
    assert done.stdout.endswith("done\n")
    assert done.stdout.count("\n") > cases / 2
