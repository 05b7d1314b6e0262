"""The C++ library as a user finds it: by CMake, with and without torch; its files in Python."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import pytimer

from ..old_torch import needs_newer_torch

ROOT = Path(__file__).parents[2]
HARNESS = ROOT / "benchmarks" / "cpp_harness"
CMAKE = shutil.which("cmake") or str(Path(sys.executable).with_name("cmake"))


def build(source, folder, *options):
    """Configures and builds a project of its own; returns the folder of its programs."""
    prefix = f"-DCMAKE_PREFIX_PATH={pytimer.cmake_prefix_path}"
    configure = [CMAKE, "-S", str(source), "-B", str(folder), prefix, *options]
    subprocess.run(configure, check=True, capture_output=True, text=True)
    subprocess.run([CMAKE, "--build", str(folder)], check=True, capture_output=True, text=True)
    return folder


@pytest.fixture(scope="module")
def consumer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("consumer")
    return build(ROOT / "tests" / "consumer", folder, "-DPYTIMER_PYTHON=none") / "consumer"


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    folder = tmp_path_factory.mktemp("harness")
    return build(HARNESS, folder, f"-DPYTIMER_PYTHON={sys.executable}") / "harness"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "linear.pt2"
    pytimer.export(torch.nn.Linear(8, 8).eval(), torch.ones(2, 8), path)
    return path


def run(program, *arguments):
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_version_is_the_packages():
    text = (ROOT / "csrc" / "include" / "pytimer" / "version.hpp").read_text()
    assert f'k_version = "{pytimer.__version__}"' in text


def test_a_program_without_torch_measures_and_its_file_is_read(consumer, tmp_path):
    path = tmp_path / "result.json"
    done = run(consumer, path)
    assert done.returncode == 0, done.stderr
    result = pytimer.load(path)
    assert len(result.latency_s) == 300
    assert len(result.warm_up_s) == 10
    assert result.subject == pytimer.latency.Subject("counter", (), 1, "cpu", "native", None)
    assert result.environment.torch is result.environment.python_version is None
    assert result.work is result.flop_per_s is None
    assert [caveat.name for caveat in result.caveats] == ["no-verdicts"]


def test_its_summary_equals_numpys_on_the_same_numbers(consumer, tmp_path):
    path = tmp_path / "result.json"
    printed = [float(line) for line in run(consumer, path).stdout.split()]
    x = pytimer.load(path).latency_s
    quantiles = np.quantile(x, [0.5, 0.9, 0.99])
    expected = [np.mean(x), np.std(x), *quantiles, np.min(x), np.max(x)]
    assert printed == pytest.approx(expected, rel=1e-12)


def test_the_harness_measures_a_package(harness, package, tmp_path):
    path = tmp_path / "result.json"
    done = run(harness, package, "cpu", path, 2, 8)
    assert done.returncode == 0, done.stderr
    assert re.search(r"mean ± std +\d", done.stdout)
    assert re.search(r"wall window +\d", done.stdout)
    assert "latency 300/300" in done.stderr
    result = pytimer.load(path)
    assert result.subject.inputs == ("2×8 float32",)
    assert result.environment.torch.settings.threads == torch.get_num_threads()
    assert result.environment.torch.settings.default_dtype == "float32"
    assert result.environment.torch.settings.float32_matmul_precision == "highest"
    assert torch.__version__.startswith(result.environment.torch.version)


@pytest.mark.parametrize(
    ("model", "device", "sizes", "message"),
    [
        ("gone.pt2", "cpu", (2, 8), "no file at gone.pt2"),
        ("foreign.pt2", "cpu", (2, 8), "cannot load .*foreign.pt2: expected an AOTI"),
        ("foreign.pt", "cpu", (2, 8), "cannot load .*foreign.pt: expected an AOTI"),
        pytest.param(
            None,
            "cpu",
            (2, 9),
            "does not take these inputs: .*expected: 8, but got: 9",
            marks=needs_newer_torch,
        ),
        pytest.param(
            None,
            "cuda",
            (2, 8),
            "expected libcudart.* found no CUDA runtime",
            marks=pytest.mark.skipif(torch.version.cuda is not None, reason="there is a runtime"),
        ),
    ],
)
def test_what_the_harness_cannot_do_is_said(
    harness, package, tmp_path, model, device, sizes, message
):
    for name in ("foreign.pt2", "foreign.pt"):
        (tmp_path / name).write_text("hello")
    named = package if model is None else model if "gone" in model else tmp_path / model
    done = run(harness, named, device, tmp_path / "result.json", *sizes)
    assert done.returncode == 1
    assert re.search(f"harness: .*{message}", done.stderr), done.stderr
    assert not (tmp_path / "result.json").exists()


def test_the_harness_is_short_and_the_docs_show_it_whole():
    text = (HARNESS / "harness.cpp").read_text()
    assert len(text.splitlines()) <= 60
    assert f"```cpp\n{text}```" in (ROOT / "README.md").read_text()
    assert (
        f"```cmake\n{(HARNESS / 'CMakeLists.txt').read_text()}```"
        in (ROOT / "README.md").read_text()
    )


def test_torch_that_was_asked_for_and_is_not_there_is_said(tmp_path):
    command = [CMAKE, "-S", str(HARNESS), "-B", str(tmp_path), "-DPYTIMER_PYTHON=none"]
    prefix = f"-DCMAKE_PREFIX_PATH={pytimer.cmake_prefix_path}"
    done = subprocess.run([*command, prefix], capture_output=True, text=True)
    assert done.returncode != 0
    assert "set PYTIMER_TORCH_ROOT" in " ".join(done.stderr.split())


@pytest.mark.parametrize("component", ["torch", "nonsense"])
def test_a_component_that_is_not_there_is_not_found_the_second_time_either(tmp_path, component):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(other LANGUAGES CXX)\n"
        f"find_package(pytimer REQUIRED)\nfind_package(pytimer REQUIRED COMPONENTS {component})\n"
    )
    prefix = f"-DCMAKE_PREFIX_PATH={pytimer.cmake_prefix_path}"
    command = [CMAKE, "-S", str(tmp_path), "-B", str(tmp_path / "build"), prefix]
    done = subprocess.run([*command, "-DPYTIMER_PYTHON=none"], capture_output=True, text=True)
    assert done.returncode != 0
    assert component in done.stderr


@needs_newer_torch
def test_the_harness_takes_any_batch_size_of_a_dynamic_package(harness, tmp_path):
    path = tmp_path / "dynamic.pt2"
    model = torch.nn.Linear(8, 8).eval()
    pytimer.export(model, torch.ones(2, 8), path, dynamic_batch=True)
    for batch_size in (1, 3):
        done = run(harness, path, "cpu", tmp_path / "result.json", batch_size, 8)
        assert done.returncode == 0, done.stderr
    wrong = run(harness, path, "cpu", tmp_path / "wrong.json", 1, 9)
    assert "expected: 8, but got: 9" in wrong.stderr


def test_another_version_that_was_asked_for_is_not_taken(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(other LANGUAGES CXX)\n"
        "find_package(pytimer 0.9 REQUIRED)\n"
    )
    prefix = f"-DCMAKE_PREFIX_PATH={pytimer.cmake_prefix_path}"
    command = [CMAKE, "-S", str(tmp_path), "-B", str(tmp_path / "build"), prefix]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "pytimer" in done.stderr
