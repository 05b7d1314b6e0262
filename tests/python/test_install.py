"""Installing, as the README says."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WITHOUT_TORCH = "import sys, runpy; sys.modules['torch'] = None; runpy.run_path('setup.py')"


def test_without_torch_one_line_says_what_to_do():
    command = [sys.executable, "-c", WITHOUT_TORCH]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "install torch, then `pip install --no-build-isolation .`" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_pip_install_without_isolation_works(tmp_path):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    target = tmp_path / "site"
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(target), str(ROOT)], check=True, cwd=tmp_path
    )
    script = "import pytimer; print(pytimer.__file__, pytimer.measure_latency(int, ()).mean_s > 0)"
    environment = {**os.environ, "PYTHONPATH": str(target)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(target / "pytimer" / "__init__.py"), "True"]
    assert (target / "pytimer" / "py.typed").exists()
    script = "import pytimer; print(pytimer.cmake_prefix_path)"
    command = [sys.executable, "-c", script]
    prefix = subprocess.check_output(command, cwd=tmp_path, env=environment, text=True)
    assert prefix.strip() == str(target / "pytimer")
    cmake = shutil.which("cmake") or str(Path(sys.executable).with_name("cmake"))
    build = tmp_path / "build"
    options = [f"-DCMAKE_PREFIX_PATH={prefix.strip()}", "-DPYTIMER_PYTHON=none"]
    for command in (
        [cmake, "-S", str(ROOT / "tests" / "consumer"), "-B", str(build), *options],
        [cmake, "--build", str(build)],
        [str(build / "consumer"), str(tmp_path / "result.json")],
    ):
        subprocess.run(command, check=True, capture_output=True)


def test_every_package_is_installed():
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed = tomllib.load(file)["tool"]["setuptools"]["packages"]
    folders = {path.parent for path in (ROOT / "pytimer").rglob("__init__.py")}
    assert set(listed) == {".".join(folder.relative_to(ROOT).parts) for folder in folders}


def test_what_a_page_is_made_from_is_installed():
    with (ROOT / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["pytimer.report.page"]
    folder = ROOT / "pytimer" / "report" / "page"
    installed = {path for pattern in patterns for path in folder.glob(pattern)}
    assert installed == {path for path in folder.iterdir() if path.suffix in (".css", ".html")}
    assert len(installed) == 2
