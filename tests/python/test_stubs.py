from pathlib import Path

import pytest

from ..stubs import MODULES, write_stubs

PACKAGE = Path(__file__).parents[2] / "pytimer"


@pytest.fixture(scope="module")
def fresh_stubs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stubs")
    write_stubs(folder)
    return folder / "pytimer"


@pytest.mark.parametrize("module", MODULES)
def test_the_stub_is_what_the_compiled_module_is(module, fresh_stubs):
    fresh = (fresh_stubs / f"{module}.pyi").read_text()
    assert (PACKAGE / f"{module}.pyi").read_text() == fresh, "run: make stubs"
