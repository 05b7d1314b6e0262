"""Result files: versioned JSON with everything a result holds, written atomically."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from reprlib import repr as brief
from typing import Any

import numpy as np

from pytimer import codec, json_text
from pytimer.batch_size import BatchSizeResult
from pytimer.comparing.result import CompareResult
from pytimer.curve import SweepResult
from pytimer.errors import ResultFileError
from pytimer.exporting import ExportResult
from pytimer.files import read_whole, write_pieces, write_to_temporary_folder
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

MOST_BYTES = 2**30
"""Larger files are not read: of a million samples a result has some 40 MiB."""

_LONGEST_REASON = 400

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
    write_pieces(path, _content(result))


def save_elsewhere(result: Result) -> Path:
    """Writes the result to a new file in the temporary folder, which only its owner may read.

    Returns:
        The path of that file.

    Raises:
        ResultFileError: it cannot be written there either.
    """
    return write_to_temporary_folder(_content(result), ".json")


def _content(result: Result) -> Iterable[bytes]:
    kind = next(name for name, kind in _KINDS.items() if isinstance(result, kind))
    document = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "result": codec.encode(result, arrays=_as_it_is),
    }
    # Half of a surrogate pair, as in the name of a file that is no text, becomes JSON's "\\udcff".
    text = chain(json_text.pieces(document), "\n")
    return (piece.encode(errors="backslashreplace") for piece in text)


def _as_it_is(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array


def load(path: str | os.PathLike[str]) -> Result:
    """The result that `save` wrote to `path`, equal to what was saved. Executes nothing.

    Raises:
        ResultFileError: the file cannot be read, is no result file, is damaged, was written by a
            later version, or is larger than `MOST_BYTES`.
    """
    content = read_whole(
        Path(path),
        refusal=ResultFileError,
        most_bytes=MOST_BYTES,
        too_large="the most that a result is expected to have",
        pipes=True,
    )
    return result_in(content, str(path))


def result_in(content: bytes | bytearray, path: str) -> Result:
    """As `load`, of what has been read from `path`."""
    document = _parsed(path, content)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ResultFileError(
            f'{path} is not a result file: expected JSON with "format": "{FORMAT}"'
        )
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ResultFileError(
            f"{path} has schema version {brief(version)}, this pytimer reads {SCHEMA_VERSION}; "
            "read it with the version of pytimer that wrote it, or a later one"
        )
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ResultFileError(
            f"{path} has an unknown kind {brief(kind)}; known: {', '.join(_KINDS)}"
        )
    try:
        result: Result = codec.decode(_KINDS[kind], document.get("result"))
    except Exception as error:  # of a check of ours, on values that no measurement has
        raise ResultFileError(f"{path} is damaged: {_reason(error)}") from None
    return result


def _parsed(path: str, content: bytes | bytearray) -> Any:
    try:
        return json.loads(
            content.decode(), object_pairs_hook=_object_of, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError, MemoryError) as error:
        raise ResultFileError(
            f"{path} is not a result file: expected JSON, got a file that is truncated or foreign "
            f"({_reason(error)})"
        ) from None


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{brief(twice)} is in one object twice")
    return entries


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON; every number of a result is finite")


def _reason(error: Exception) -> str:
    """Its text, of which a hostile file may make a long one."""
    text = str(error) or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
