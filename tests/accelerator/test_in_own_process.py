"""Runs the tests beside this file in processes of their own.

torch has one PrivateUse1 device in a process, which cannot be taken back: autograd starts threads
for it, and a name given to it stays.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import LIBRARY, NAME
from .simulation import build

FILES = ["audits.py", "exact_times.py", "failures.py", "choosing.py"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build(tmp_path_factory.mktemp("privateuse1"))


@pytest.mark.parametrize("name", ["privateuseone", pytest.param("npu", marks=pytest.mark.slow)])
def test_any_accelerator(library, name):
    """As it comes, without hooks and module, and as a vendor's package sets it up."""
    paths = [str(Path(__file__).with_name(file)) for file in FILES]
    child = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths],
        env=os.environ | {LIBRARY: str(library), NAME: name},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stdout + child.stderr


def test_no_test_beside_this_file_is_forgotten():
    beside = {path.name for path in Path(__file__).parent.glob("*.py")}
    assert beside - {"conftest.py", "simulation.py", Path(__file__).name} == set(FILES)
