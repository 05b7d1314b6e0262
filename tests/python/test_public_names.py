import subprocess
import sys

import pytest

import pytimer

TEXTS = {"__version__", "cmake_prefix_path"}


@pytest.mark.parametrize("name", sorted(set(pytimer.__all__) - TEXTS))
def test_every_public_name_exists_and_is_documented(name):
    value = getattr(pytimer, name)
    assert value.__doc__
    assert value.__module__.startswith("pytimer")


def test_all_is_sorted_and_complete():
    assert pytimer.__all__ == sorted(set(pytimer._HOME) | TEXTS)
    assert dir(pytimer) == pytimer.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="measure_speed"):
        _ = pytimer.measure_speed


def test_importing_pytimer_and_asking_for_help_imports_no_torch():
    script = (
        "import sys, pytimer, pytimer.cli\n"
        "try: pytimer.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
