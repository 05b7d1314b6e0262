"""Programs made from other programs: of which some still parse, and mean something else."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random

PROGRAMS = Path(__file__).parents[1] / "audit"


@cache
def programs() -> tuple[str, ...]:
    """The sources that the audit is tested with."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted(PROGRAMS.rglob("*.py")))


def mutated_program(source: str, random: Random) -> str:
    """Another program, most often one that parses."""
    return random.choice(_MUTATIONS)(source, random)


def with_other_parts(source: str, random: Random) -> str:
    """Some expressions and statements replaced by those of another program."""
    tree, donor = ast.parse(source), ast.parse(random.choice(programs()))
    for _ in range(random.choice([1, 2, 5])):
        kind = random.choice([ast.expr, ast.expr, ast.stmt])
        wanted = [node for node in ast.walk(donor) if isinstance(node, kind)]
        places = [
            (parent, name, index)
            for parent in ast.walk(tree)
            for name, value in ast.iter_fields(parent)
            for index, item in enumerate(value if isinstance(value, list) else [value])
            if isinstance(item, kind)
        ]
        if not wanted or not places:
            continue
        parent, name, index = random.choice(places)
        held, part = getattr(parent, name), deepcopy(random.choice(wanted))  # or it may hold itself
        if isinstance(held, list):
            held[index] = part
        else:
            setattr(parent, name, part)
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    except (ValueError, RecursionError):  # such as an f-string that cannot be written
        return source


def with_other_lines(source: str, random: Random) -> str:
    """A line dropped, doubled, moved, or indented otherwise."""
    lines = source.splitlines(keepends=True)
    at, to = sorted(random.randrange(len(lines) + 1) for _ in range(2))
    moved = lines[at:to]
    random.shuffle(moved)
    indented = [" " * random.choice([1, 4]) + line for line in lines[at:to]]
    between = random.choice([[], moved, lines[at:to] * 2, indented])
    return "".join([*lines[:at], *between, *lines[to:]])


def with_other_words(source: str, random: Random) -> str:
    """Tokens replaced by others of the program."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    words = [token.string for token in tokens if token.type in _WORDS]
    for _ in range(random.choice([1, 2, 8])):
        at = random.randrange(len(tokens))
        if tokens[at].type in _WORDS:
            tokens[at] = tokens[at]._replace(string=random.choice([*words, *_ODD_WORDS]))
    return tokenize.untokenize((token.type, token.string) for token in tokens)


def nested(source: str, random: Random) -> str:
    """Something repeated inside itself, or one long expression."""
    depth = random.choice([5, 30, 90, 3000])
    within = [
        "(" * depth + "model(x)" + ")" * depth,
        "f(" * depth + "x" + ")" * depth,
        " + ".join(["t1 - t0"] * depth),
        "x" + ".y" * depth,
        "not " * depth + "x",
        "".join(f"{' ' * level}if x:\n" for level in range(min(depth, 90))) + " " * 90 + "pass",
        "".join(f"{' ' * n}for i{n} in x:\n" for n in range(min(depth, 18))) + " " * 18 + "f(x)",
    ]
    return f"{source}\n{random.choice(within)}\n"


_WORDS = (tokenize.NAME, tokenize.NUMBER, tokenize.OP, tokenize.STRING)

_ODD_WORDS = (
    "0", "1e400", "10**10**10", "9" * 400, "None", "...", "lambda", "yield", "await", "async", ":=",
    "*", "**", "()", "[]", "{}", "''", "b''", "f'{x!r:{y}}'", "global", "nonlocal", "del", "match",
    "type", "_", "é", "ﬁ", "1j", "0x_f", "\\\n", ";", "@", "->", "%", "<<", "1 << 9999",
)  # fmt: skip

_MUTATIONS: tuple[Callable[[str, Random], str], ...] = (
    with_other_parts,
    with_other_parts,
    with_other_parts,
    with_other_lines,
    with_other_words,
    with_other_words,
    nested,
)
