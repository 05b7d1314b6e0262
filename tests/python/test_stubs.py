from pathlib import Path

import pytest

from ..old_torch import needs_newer_torch
from ..stubs import MODULES, write_stubs

PACKAGE = Path(__file__).parents[2] / "pytimer"


@pytest.fixture(scope="module")
def fresh_stubs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stubs")
    write_stubs(folder)
    return folder / "pytimer"


# Of `_torch` the text depends on the pybind11 that torch brings.
@pytest.mark.parametrize(
    "module",
    [pytest.param(name, marks=[needs_newer_torch] * (name == "_torch")) for name in MODULES],
)
def test_the_stub_is_what_the_compiled_module_is(module, fresh_stubs):
    fresh = (fresh_stubs / f"{module}.pyi").read_text()
    assert (PACKAGE / f"{module}.pyi").read_text() == fresh, "run: make stubs"
