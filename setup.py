"""Builds pytimer's two extensions against the torch that is installed."""

import sys
from pathlib import Path

try:
    from torch.utils.cpp_extension import BuildExtension, CppExtension
except ImportError:
    sys.exit(
        "pytimer builds against the torch you have, and there is none here: install torch, then "
        "`pip install --no-build-isolation .`"
    )

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

HEADERS = [str(path) for path in sorted(Path("csrc").rglob("*.hpp"))]
LIBRARY = [str(path) for path in sorted(Path("csrc/src").glob("*.cpp"))]
INCLUDE = [str(Path("csrc/include").absolute()), str(Path("csrc").absolute())]
FLAGS = ["-O3", "-fvisibility=hidden", "-g0"]

core = Pybind11Extension(
    "pytimer._core",
    ["csrc/bindings/core.cpp", *LIBRARY],
    include_dirs=[*INCLUDE],
    extra_compile_args=[*FLAGS],
    cxx_std=17,
    libraries=["dl"],
    depends=HEADERS,
)

# The extension types add to the lists they are given, hence the copies: in a torch source the
# headers of the pybind11 package must not come before torch's own copy of them. torch also chooses
# the language standard that its headers need.
torch_calls = CppExtension(
    "pytimer._torch",
    ["csrc/bindings/torch.cpp"],
    include_dirs=[*INCLUDE],
    extra_compile_args=[*FLAGS],
    depends=HEADERS,
)

setup(ext_modules=[core, torch_calls], cmdclass={"build_ext": BuildExtension})
