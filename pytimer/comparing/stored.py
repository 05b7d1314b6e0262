"""Results read from where they are stored: a file, or a folder with a file of each process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytimer.comparing.metrics import Comparable, comparable
from pytimer.errors import NotComparableError
from pytimer.files import is_folder
from pytimer.latency import LatencyResult
from pytimer.processes import ProcessesResult
from pytimer.result_file import load
from pytimer.throughput import ThroughputResult


def stored(path: str | os.PathLike[str]) -> Comparable:
    """The result in that file, or that of all processes whose files are in that folder.

    Raises:
        PlanError: a result of a kind that cannot be compared.
        NotComparableError: the files in the folder are not of one measurement, or there are none.
        ResultFileError: a file cannot be read.
    """
    path = Path(path)
    if not is_folder(path):
        return comparable(load(path))
    results = [one for file in sorted(path.glob("*.json")) for one in _of_processes(file)]
    try:
        return ProcessesResult(tuple(results))
    except ValueError as error:
        raise NotComparableError(
            f"expected results of one measurement, one .json of each process, in {path}: {error}"
        ) from None


def _of_processes(file: Path) -> Iterator[Any]:
    result = load(file)
    if isinstance(result, ProcessesResult):
        yield from result.results
    elif isinstance(result, LatencyResult | ThroughputResult):
        yield result
    else:
        raise NotComparableError(
            f"expected a latency or a throughput of one process, got {type(result).__name__} in "
            f"{file}"
        )
