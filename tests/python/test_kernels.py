"""The committed PTX is what nvcc makes of the kernel; CUDA sources are compiled here, not run."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

KERNELS = Path(__file__).parents[2] / "csrc" / "kernels"

pytestmark = pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc")


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", KERNELS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_header_is_up_to_date(generate):
    committed = generate.HEADER.read_text()
    release = re.search(r"with nvcc ([\d.]+)", committed)[1]
    if generate.nvcc_release() == release:
        assert committed == generate.header(), "run: make kernels"
    else:  # another nvcc may word the same kernel otherwise; it must still compile
        assert "pytimer_spin" in generate.compile_ptx()


@pytest.mark.parametrize("architecture", ["sm_75", "sm_80", "sm_90", "sm_100"])
def test_the_committed_ptx_assembles_for_every_architecture(generate, architecture, tmp_path):
    ptx = re.search(r'R"ptx\((.*?)\)ptx"', generate.HEADER.read_text(), re.DOTALL)[1]
    (tmp_path / "spin.ptx").write_text(ptx)
    command = ["nvcc", "-cubin", f"-arch={architecture}", "spin.ptx", "-o", "spin.cubin"]
    subprocess.run(command, cwd=tmp_path, check=True)
