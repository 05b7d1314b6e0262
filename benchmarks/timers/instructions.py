"""How many instructions one repetition takes, counted by valgrind.

Run as a program under valgrind it makes children that make different numbers of repetitions: what
all have in common, such as the import of torch, cancels in the difference.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

FEW, MANY = 2_000, 12_000
COUNTS = 2
"""How often all is counted, to see whether the counts repeat."""


def per_repetition() -> dict[str, list[float]] | str:
    """Loop → instructions of one repetition, one figure for each count; or why there are none."""
    if shutil.which("valgrind") is None:
        return "valgrind missing"
    try:
        counts = [_count() for _ in range(COUNTS)]
    except subprocess.CalledProcessError as error:
        return f"valgrind failed: {error.stderr.strip().splitlines()[-1:]}"
    return {loop: [count[loop] for count in counts] for loop in counts[0]}


def _count() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no"]
        files = [f"--log-file={folder}/%p", "--cachegrind-out-file=/dev/null"]
        command = [*valgrind, *files, sys.executable, __file__]
        settings = os.environ | {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=settings, check=True, capture_output=True, text=True)
        children: dict[str, list[int]] = json.loads(done.stdout)
        few, many = (
            {loop: _counted(Path(folder) / str(pids[i])) for loop, pids in children.items()}
            for i in (0, 1)
        )
    return {loop: (many[loop] - few[loop]) / (MANY - FEW) for loop in children}


def _counted(log: Path) -> int:
    found = re.search(r"I\s+refs:\s+([\d,]+)", log.read_text(encoding="utf-8"))
    assert found is not None, "valgrind ends its log with the count"
    return int(found[1].replace(",", ""))


def _do_nothing() -> None:
    pass


def _under_valgrind() -> None:
    """Prints, for each loop, the processes that made few and many repetitions."""
    from pytimer.devices import resolve_device
    from pytimer.loops import NativeEngine, PythonEngine
    from pytimer.workload import Workload

    nothing = Workload(_do_nothing, (((), {}),), resolve_device("cpu"), "nothing")
    loops = {
        "native loop, no call": NativeEngine(nothing).isolated_without_call,
        "native loop, Python no-op": NativeEngine(nothing).isolated,
        "Python loop, Python no-op": PythonEngine(nothing).isolated,
    }
    gc.disable()
    processes: dict[str, list[int]] = {}
    for name, loop in loops.items():
        processes[name] = [_child(loop, repetitions) for repetitions in (FEW, MANY)]
    print(json.dumps(processes))


def _child(loop: Callable[[int], None], repetitions: int) -> int:
    process = os.fork()
    if process == 0:
        loop(repetitions)
        os._exit(0)
    os.waitpid(process, 0)
    return process


if __name__ == "__main__":
    _under_valgrind()
