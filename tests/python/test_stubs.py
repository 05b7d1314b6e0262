from pathlib import Path

import pytest
import torch

from ..stubs import write_stubs

PACKAGE = Path(__file__).parents[2] / "pytimer"


@pytest.fixture(scope="module")
def fresh_stubs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stubs")
    write_stubs(folder)
    return folder / "pytimer"


OTHER_PYBIND11 = pytest.mark.skipif(
    torch.__version__.startswith("2.11."), reason="that torch brings a pybind11 of other wording"
)


@pytest.mark.parametrize("module", ["_core", pytest.param("_torch", marks=OTHER_PYBIND11)])
def test_the_stub_is_what_the_compiled_module_is(module, fresh_stubs):
    fresh = (fresh_stubs / f"{module}.pyi").read_text()
    assert (PACKAGE / f"{module}.pyi").read_text() == fresh, "run: make stubs"
