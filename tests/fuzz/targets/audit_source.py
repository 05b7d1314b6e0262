"""Coverage-guided: whatever is in a file, the audit has findings or says why not.

    python tests/fuzz/targets/audit_source.py -runs=100000

Other options are libFuzzer's.
"""

import sys
from pathlib import Path
from random import Random
from tokenize import TokenError

import atheris
import beside

with atheris.instrument_imports(include=["pytimer.source_audit"]):
    from pytimer.errors import SourceError
    from pytimer.source_audit.rules import findings_of
    from pytimer.source_audit.source import source_in
    from pytimer.source_audit.walk import walk

source_mutation = beside.module("source_mutation")


def audit(content: bytes) -> None:
    try:
        source = source_in(content, Path("program.py"))
        findings_of(walk(source.tree, source.text))
    except (SourceError, RecursionError):
        return


def mutate(content: bytes, max_size: int, seed: int) -> bytes:
    """Of the program; where it does not parse any more, another one begins."""
    random = Random(seed)
    try:
        made = source_mutation.mutated_program(content.decode(), random)
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError, TokenError):
        made = random.choice(source_mutation.programs())
    return made.encode(errors="replace")[:max_size]


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-max_len=8192", "-reduce_inputs=0"], audit, custom_mutator=mutate)
    atheris.Fuzz()
