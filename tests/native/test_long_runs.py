"""Ten million repetitions: memory grows by the samples that are kept, and by nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"
SLACK_MIB = 16
REPETITIONS = 10_000_000


def of_a_process(*options):
    command = [sys.executable, str(SOAK), "--part", "series", "--repetitions", str(REPETITIONS)]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_memory_grows_by_eight_bytes_a_repetition_and_no_object():
    run = of_a_process()
    samples_mib = 8 * REPETITIONS / 2**20
    assert run["entries"] == REPETITIONS
    assert samples_mib <= run["grown_mib"] <= samples_mib + SLACK_MIB
    assert run["peak_mib"] <= 2 * samples_mib + SLACK_MIB  # while a full buffer moves to another
    assert run["python_objects"] < REPETITIONS / 1000


@pytest.mark.slow
def test_with_a_bound_on_the_samples_memory_stays_as_it_is():
    run = of_a_process("--max-samples", "10000")
    assert (run["entries"], run["calls"]) == (10_000, REPETITIONS)
    assert run["peak_mib"] <= SLACK_MIB
    assert run["python_objects"] < REPETITIONS / 1000
