"""Whether there are files and folders, and files that are written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytimer.errors import ModelError


def is_file(path: Path) -> bool:
    """Whether there is one; never an error, as of a name that is too long."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Likewise of a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, in which a file can be written and then take its place at once.

    Raises:
        ModelError: there is no such folder, or nothing can be written there.
    """
    try:
        folder = tempfile.TemporaryDirectory(dir=path.parent, prefix=".pytimer-")
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror or error}") from None
    with folder as name:
        yield Path(name)
