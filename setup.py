"""Builds pytimer's two extensions against the torch that is installed; packs the C++ library.

Where there is no torch, PYTIMER_WITHOUT_TORCH=1 builds the one that needs none, `pytimer._core`.
"""

import os
import shutil
import sys
from pathlib import Path

try:
    from torch.utils.cpp_extension import BuildExtension, CppExtension
except ImportError:
    if os.environ.get("PYTIMER_WITHOUT_TORCH") != "1":
        sys.exit(
            "pytimer builds against the torch you have, and there is none here: install torch, "
            "then `pip install --no-build-isolation .`"
        )
    CppExtension = None

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup
from setuptools.command.build_py import build_py

HEADERS = [str(path) for path in sorted(Path("csrc").rglob("*.hpp"))]
INCLUDE = [str(Path("csrc/include").absolute()), str(Path("csrc").absolute())]
FLAGS = ["-O3", "-fvisibility=hidden", "-g0"]


class BuildWithLibrary(build_py):
    """Puts headers and CMake files into the package: see `pytimer.cmake_prefix_path`."""

    def run(self):
        super().run()
        if not self.editable_mode:
            for part in ("include", "share"):
                target = Path(self.build_lib) / "pytimer" / part
                shutil.copytree(Path("csrc") / part, target, dirs_exist_ok=True)


def built_once(build_ext):
    """An editable install compiles into the folder of `build_ext --inplace`, not one that goes."""

    class BuildOnce(build_ext):
        def run(self):
            if self.inplace:
                self.build_temp = str(Path("build/inplace").absolute())
            super().run()

    return BuildOnce


# The extension types add to the lists they are given, hence the copies: in a torch source the
# headers of the pybind11 package must not come before torch's own copy of them. torch also chooses
# the language standard that its headers need.
core = Pybind11Extension(
    "pytimer._core",
    ["csrc/bindings/core.cpp"],
    include_dirs=[*INCLUDE],
    extra_compile_args=[*FLAGS],
    cxx_std=17,
    libraries=["dl"],
    depends=HEADERS,
)
extensions = [core]
commands = {"build_py": BuildWithLibrary}

if CppExtension:
    torch_calls = CppExtension(
        "pytimer._torch",
        ["csrc/bindings/torch.cpp", "csrc/bindings/accelerator.cpp"],
        include_dirs=[*INCLUDE],
        extra_compile_args=[*FLAGS],
        depends=HEADERS,
    )
    extensions.append(torch_calls)
    commands["build_ext"] = built_once(BuildExtension)

setup(ext_modules=extensions, cmdclass=commands)
