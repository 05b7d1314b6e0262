"""Writes the stubs of the compiled modules: `python tests/stubs.py FOLDER`."""

import subprocess
import sys
from pathlib import Path

MODULES = ("_core", "_torch")

_GENERATE = """
import sys, torch
from pybind11_stubgen import main
main(["pytimer." + sys.argv[1], "--output-dir", sys.argv[2]])
"""


def write_stubs(folder: Path) -> None:
    for module in MODULES:
        command = [sys.executable, "-c", _GENERATE, module, str(folder)]
        subprocess.run(command, check=True, capture_output=True)
    stubs = [str(folder / "pytimer" / f"{module}.pyi") for module in MODULES]
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *stubs], check=True)


if __name__ == "__main__":
    write_stubs(Path(sys.argv[1]))
