"""Tries other versions: `make compatibility`, or `python -m tests.compatibility --help`."""

import argparse
import sys
from itertools import chain

from .rows import keep, table
from .trying import cpp_library, with_torch, without_torch


def main() -> int:
    """Tries one version after the other, keeps each outcome at once, and shows all at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility", description=__doc__)
    add = parser.add_argument
    add("--python", nargs="*", default=[], help="for the part without torch, such as 3.12")
    add("--standard", nargs="*", default=[], help="of C++, for the library without torch: 17, 20")
    add("--torch", nargs="*", default=[], help="for all tests, such as 2.11.0")
    add("--torch-python", default="3.11", help="the Python of the latter")
    asked = parser.parse_args()
    rows = []
    for row in chain(
        *map(without_torch, asked.python),
        *map(cpp_library, asked.standard),
        *(with_torch(torch, asked.torch_python) for torch in asked.torch),
    ):
        keep(row)
        rows.append(row)
    print(table(rows), end="")
    return 0 if all(row.green for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
