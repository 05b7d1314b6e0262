"""Models in files that run without Python: .pt2, .pt, .ts."""

from __future__ import annotations

from pathlib import Path

from pytimer.aoti import inputs_taken
from pytimer.models.named import NamedModel


def from_file(name: str) -> NamedModel:
    """The path, which is opened when it is measured, and the inputs that a .pt2 says it takes.

    Raises:
        ModelError: a .pt2 file is missing, or is no package.
    """
    path = Path(name)
    taken = inputs_taken(path) if path.suffix == ".pt2" else None
    return NamedModel(path.name, name, make_inputs=None if taken is None else taken.make)
