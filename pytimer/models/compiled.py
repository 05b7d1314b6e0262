"""Models in files: .pt2, .pt, .ts."""

from __future__ import annotations

from pathlib import Path

from pytimer.aoti import inputs_taken
from pytimer.model_files import is_pickled, open_model
from pytimer.models.named import NamedModel


def from_file(name: str, *, trust: bool) -> NamedModel:
    """The path, which is opened when it is measured, and the inputs that a .pt2 says it takes.

    Args:
        trust: as for `open_model`; a pickled module is opened at once, on the host.

    Raises:
        ModelError: a .pt2 file is missing, or is no package; or a pickle holds no module.
    """
    path = Path(name)
    if trust and is_pickled(path):
        return NamedModel(path.name, open_model(path, "cpu", trust=True))
    taken = inputs_taken(path) if path.suffix == ".pt2" else None
    return NamedModel(path.name, name, make_inputs=None if taken is None else taken.make)
