"""Text from elsewhere, made fit to be shown: it cannot steer a terminal or reorder what it says."""

from __future__ import annotations

import unicodedata

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control and format characters (escape sequences, changes of the direction
of writing), halves of surrogate pairs, and separators that some programs take for new lines."""

REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """The text with all that is not shown itself replaced, but for spaces and new lines."""
    if text.isprintable():
        return text
    return "".join(
        REPLACEMENT
        if character != "\n" and unicodedata.category(character) in _STEERING
        else character
        for character in text.replace("\t", " ").replace("\r\n", "\n")
    )
