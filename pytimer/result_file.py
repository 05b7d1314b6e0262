"""Result files: versioned JSON with everything a result holds, written atomically."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytimer import codec
from pytimer.batch_size import BatchSizeResult
from pytimer.comparing.result import CompareResult
from pytimer.curve import SweepResult
from pytimer.errors import ResultFileError
from pytimer.exporting import ExportResult
from pytimer.files import is_folder
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

    A pipe or a device is written to as it is.

    Raises:
        ResultFileError: the file cannot be written.
    """
    kind = next(name for name, kind in _KINDS.items() if isinstance(result, kind))
    document = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "result": codec.encode(result),
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    # Half of a surrogate pair, as in the name of a file that is no text, becomes JSON's "\\udcff".
    write_whole(path, (text + "\n").encode(errors="backslashreplace"))


def load(path: str | os.PathLike[str]) -> Result:
    """The result that `save` wrote to `path`, equal to what was saved. Executes nothing.

    Raises:
        ResultFileError: the file cannot be read, is no result file, is damaged, or was written by
            a later version.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a ValueError of a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise ResultFileError(f"cannot read {path}: {reason}") from None
    return result_in(content, str(path))


def result_in(content: bytes, path: str) -> Result:
    """As `load`, of what has been read from `path`."""
    try:
        document = json.loads(content.decode())
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


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises ResultFileError unless a file can be written at `path`; leaves nothing behind."""
    path = Path(path)
    if is_folder(path):
        raise ResultFileError(f"cannot write {path}: it is a folder; name a file")
    if _is_special(path):
        if not os.access(path, os.W_OK):
            raise ResultFileError(f"cannot write {path}: permission denied")
        return
    probe = _create_beside(path)[1]
    probe.unlink()


def _is_special(path: Path) -> bool:
    """Whether `path` is a pipe, a terminal or a device: nothing to put a file in the place of."""
    with suppress(OSError):  # as of a name that is too long, which cannot be opened either
        return path.exists() and not path.is_file()
    return False


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Puts a file with that content at `path`, whole or not at all. Raises as `save`."""
    path = Path(path)
    if _is_special(path):
        try:
            path.write_bytes(content)
        except OSError as error:
            raise ResultFileError(f"cannot write {path}: {error.strerror or error}") from None
        return
    descriptor, temporary = _create_beside(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise ResultFileError(f"cannot write {path}: {error.strerror or error}") from None


def _create_beside(path: Path) -> tuple[int, Path]:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        # Mode 0666 less the user's umask, as any other file; O_EXCL follows no symlink.
        return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), temporary
    except (OSError, ValueError) as error:  # a ValueError of a NUL in the path
        raise ResultFileError(
            f"cannot write {path}: {getattr(error, 'strerror', None) or error}; choose a folder "
            "that exists and that you may write to"
        ) from None
