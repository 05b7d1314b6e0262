"""The audit of programs that nobody wrote."""

import ast
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from pytimer.source_audit import FileAudit, audit_files, output

from .depth import fuzzed
from .source_mutation import mutated_program, programs

PROGRAMS = st.sampled_from(programs())
RANDOMS = st.randoms(use_true_random=True)


def audited(content: bytes) -> FileAudit:
    with TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        path.write_bytes(content)
        (found,) = audit_files([path])
        output.as_text([found])
        output.as_json([found])
        return found


def is_sound(found):
    """Whether the audit knew what it did; an error of its own is reported as such."""
    return found.error is None or "please report it" not in found.error


@fuzzed(usual=100, deep=2500, source=PROGRAMS, random=RANDOMS)
def test_a_program_has_findings_or_a_reason_why_not(source, random):
    found = audited(mutated_program(source, random).encode(errors="surrogatepass"))
    assert is_sound(found), found.error


@fuzzed(usual=50, deep=1500, content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_bytes_have_findings_or_a_reason_why_not(content):
    found = audited(content)
    assert is_sound(found), found.error


def test_most_mutated_programs_still_parse():
    """A control arm: what does not parse is walked through by nothing."""
    random = Random(0)
    made = [mutated_program(random.choice(programs()), random) for _ in range(60)]
    parsed = 0
    for source in made:
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        parsed += 1
    assert len(set(made)) > 50
    assert parsed > 30


def test_an_error_of_the_audit_itself_is_not_sound(monkeypatch):
    """A control arm: it is a FileAudit too, and must not satisfy these tests."""
    monkeypatch.setattr("pytimer.source_audit.audit.walk", lambda *_: 1 / 0)
    assert not is_sound(audited(b"import time\n"))
