"""Models by name or path, with random weights unless pretrained ones are asked for.

A file for each kind of source; `making` tells them apart.
"""

from pytimer.models.making import make_model
from pytimer.models.named import NamedModel

__all__ = ["NamedModel", "make_model"]
