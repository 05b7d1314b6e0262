"""Files that are written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytimer.errors import ModelError


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
