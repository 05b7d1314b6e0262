"""Files of source code: read, parsed, and with the comments that switch rules off."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path

from pytimer.errors import SourceError, text_of
from pytimer.files import read_whole

MOST_BYTES = 2 * 2**20
"""Parsing and walking through 2 MiB takes some 4 s; nobody writes more by hand."""

_IGNORE = re.compile(r"#\s*pytimer:\s*ignore(?:\[([^\]]*)\])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that could be read.

    Attributes:
        ignored: the ids that a comment switches off in a line; None switches off all.
    """

    path: str
    text: str
    tree: ast.Module
    ignored: dict[int, frozenset[str] | None]

    def ignores(self, rule_id: str, line: int) -> bool:
        if line not in self.ignored:
            return False
        ids = self.ignored[line]
        return ids is None or rule_id in ids


def read_source(path: Path) -> Source:
    """Reads a file, as UTF-8 unless it declares another encoding.

    Raises:
        SourceError: it is missing, too large, not text, or not Python; says which.
    """
    raw = read_whole(
        path,
        refusal=SourceError,
        most_bytes=MOST_BYTES,
        too_large="the most that is audited of one: split it, or leave it out",
    )
    return source_in(raw, path)


def source_in(raw: bytes | bytearray, path: Path) -> Source:
    """As `read_source`, of what has been read from `path`."""
    text = _decoded(raw, path)
    return Source(str(path), text, _parsed(text, path), _ignored_lines(text))


def _decoded(raw: bytes | bytearray, path: Path) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        return io.TextIOWrapper(io.BytesIO(raw), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            f"{path} is not text in UTF-8 ({text_of(error)}); save it as UTF-8, or declare its "
            "encoding in its first line"
        ) from error


def _parsed(text: str, path: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        where = "" if error.lineno is None else f", line {error.lineno}"
        raise SourceError(f"{path} is not Python: {error.msg}{where}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{path} cannot be parsed: {text_of(error)}") from error


def _ignored_lines(text: str) -> dict[int, frozenset[str] | None]:
    ignored: dict[int, frozenset[str] | None] = {}
    if "pytimer" not in text:
        return ignored
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            match = _IGNORE.search(token.string) if token.type == tokenize.COMMENT else None
            if match is not None:
                ids = match[1]
                ignored[token.start[0]] = (
                    None if ids is None else frozenset(re.findall(r"PT\d+", ids.upper()))
                )
    except (tokenize.TokenError, SyntaxError):
        pass  # what ast could parse and tokenize cannot has no comment that could be read
    return ignored
