"""Result files: versioned JSON with everything a result holds, written atomically."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pytimer import codec
from pytimer.batch_size import BatchSizeResult
from pytimer.comparing.result import CompareResult
from pytimer.curve import SweepResult
from pytimer.errors import ResultFileError
from pytimer.exporting import ExportResult
from pytimer.files import write_to_temporary_folder, write_whole
from pytimer.latency import LatencyResult
from pytimer.main_job import RunResult
from pytimer.mistakes import MistakesResult
from pytimer.modes import ModesResult
from pytimer.overhead import LoopsResult
from pytimer.pairs import ABResult
from pytimer.processes import ProcessesResult
from pytimer.profiling import ProfileResult
from pytimer.ranks import RanksResult
from pytimer.self_test import SelftestResult
from pytimer.serving import LoadResult
from pytimer.throughput import ThroughputResult

FORMAT = "pytimer result"
SCHEMA_VERSION = 1

Result = (
    LatencyResult
    | ModesResult
    | ABResult
    | BatchSizeResult
    | ThroughputResult
    | SweepResult
    | RunResult
    | SelftestResult
    | ExportResult
    | LoopsResult
    | MistakesResult
    | ProfileResult
    | LoadResult
    | ProcessesResult
    | CompareResult
    | RanksResult
)

_KINDS: dict[str, type[Any]] = {
    "latency": LatencyResult,
    "modes": ModesResult,
    "ab": ABResult,
    "batch-size": BatchSizeResult,
    "throughput": ThroughputResult,
    "sweep": SweepResult,
    "run": RunResult,
    "selftest": SelftestResult,
    "export": ExportResult,
    "overhead": LoopsResult,
    "mistakes": MistakesResult,
    "profile": ProfileResult,
    "load": LoadResult,
    "processes": ProcessesResult,
    "comparison": CompareResult,
    "ranks": RanksResult,
}


def save(result: Result, path: str | os.PathLike[str]) -> None:
    """Writes the result to `path`, whole or not at all; an existing file is replaced.

    The file is a new one: its mode is by the umask. A symbolic link is replaced by it, and what the
    link points to is left alone. A pipe or a device is written to as it is.

    Raises:
        ResultFileError: the file cannot be written; an existing one is as it was.
    """
    write_whole(path, _content(result))


def save_elsewhere(result: Result) -> Path:
    """Writes the result to a new file in the temporary folder, which only its owner may read.

    Returns:
        The path of that file.

    Raises:
        ResultFileError: it cannot be written there either.
    """
    return write_to_temporary_folder(_content(result), ".json")


def _content(result: Result) -> bytes:
    kind = next(name for name, kind in _KINDS.items() if isinstance(result, kind))
    document = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "result": codec.encode(result),
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    # Half of a surrogate pair, as in names that are not UTF-8, is written as JSON escapes it.
    return (text + "\n").encode(errors="backslashreplace")


def load(path: str | os.PathLike[str]) -> Result:
    """The result that `save` wrote to `path`, equal to what was saved. Executes nothing.

    Raises:
        ResultFileError: the file cannot be read, is no result file, is damaged, or was written by
            a later version.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultFileError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ResultFileError(
            f"{path} is not a result file: expected JSON, got a file that is truncated or foreign "
            f"({error})"
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ResultFileError(
            f'{path} is not a result file: expected JSON with "format": "{FORMAT}"'
        )
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ResultFileError(
            f"{path} has schema version {version!r}, this pytimer reads {SCHEMA_VERSION}; "
            "read it with the version of pytimer that wrote it, or a later one"
        )
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ResultFileError(f"{path} has an unknown kind {kind!r}; known: {', '.join(_KINDS)}")
    try:
        result: Result = codec.decode(_KINDS[kind], document.get("result"))
    except ValueError as error:
        raise ResultFileError(f"{path} is damaged: {error}") from None
    return result
