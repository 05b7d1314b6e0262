"""What does a run of many million repetitions cost: memory, work per repetition, and afterwards?

Each figure is of a process of its own. Memory is what is resident, instructions are counted by
valgrind: of the first and of the last tenth of a series, by the difference of two processes each.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MIB = 2**20
COUNTED_REPETITIONS = 1_000_000


def _do_nothing() -> None:
    pass


def resident_bytes() -> int:
    import psutil

    return psutil.Process().memory_info().rss


def forget_peak() -> None:
    """From here on `peak_bytes` is of what comes."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def series(kind: str, repetitions: int, max_samples: int | None) -> dict[str, Any]:
    """What the repetitions alone cost, no statistics."""
    import torch

    from pytimer import measure
    from pytimer.plan import LatencyPlan
    from pytimer.workload import prepared

    model, inputs = _do_nothing, ()
    if kind == "native":
        x = torch.ones(1)
        model, inputs = torch.jit.trace(torch.nn.Identity().eval(), x), (x,)
    with prepared(model, inputs, "cpu") as workload:
        measure.latency(workload, LatencyPlan(max_samples=10, repetitions=300), None)
        measure.latency(workload, LatencyPlan(), None)
        gc.collect()
        objects, before = sys.getallocatedblocks(), resident_bytes()
        forget_peak()
        plan = LatencyPlan(repetitions=repetitions, max_samples=max_samples)
        begin = time.perf_counter()
        measured = measure.latency(workload, plan, lambda _: None)
        return {
            "model": kind,
            "repetitions": repetitions,
            "max_samples": max_samples,
            "seconds": time.perf_counter() - begin,
            "entries": len(measured.samples),
            "calls": measured.samples.calls,
            "samples_mib": 8 * len(measured.samples) * len(measured.samples.columns) / MIB,
            "grown_mib": (resident_bytes() - before) / MIB,
            "peak_mib": (peak_bytes() - before) / MIB,
            "python_objects": sys.getallocatedblocks() - objects,
        }


def stages(repetitions: int) -> list[dict[str, Any]]:
    """What is done with so many samples, each stage with its time and its memory."""
    import io
    from dataclasses import replace

    import numpy as np
    from rich.console import Console

    import pytimer
    from pytimer import Samples, report, statistics
    from pytimer.report.reading import read

    x = np.random.default_rng(0).gamma(3.0, 40.0, repetitions)
    x = np.round(x + 50) * 1e-9
    samples = Samples("host", {"host_s": x})
    result = replace(pytimer.measure_latency(_do_nothing, ()), samples=samples)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "result.json"
    work: dict[str, Callable[[], object]] = {
        "summary": lambda: result.summary,
        "interval of the median": lambda: result.percentile_interval_s(0.5),
        "change points": lambda: statistics.warm_up_cut(x),
        "flags": lambda: statistics.flags(x, resolution_s=1e-9),
        "report": lambda: report.show(result, Console(file=io.StringIO())),
        "page, read": lambda: read(result),
        "save": lambda: pytimer.save(result, path),
        "load": lambda: pytimer.load(path),
    }
    rows = []
    for name, stage in work.items():
        gc.collect()
        before = resident_bytes()
        forget_peak()
        begin = time.perf_counter()
        stage()
        seconds = time.perf_counter() - begin
        rows.append({"stage": name, "seconds": seconds, "peak_mib": (peak_bytes() - before) / MIB})
    folder.cleanup()
    return rows


def instructions() -> dict[str, float] | str:
    """Of a repetition in the first and in the last tenth; or why they are not known."""
    if shutil.which("valgrind") is None:
        return "valgrind missing"
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no"]
        files = [f"--log-file={folder}/%p", "--cachegrind-out-file=/dev/null"]
        command = [*valgrind, *files, sys.executable, __file__, "--part", "counted"]
        settings = os.environ | {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=settings, check=True, capture_output=True, text=True)
        logs = [Path(folder) / str(pid) for pid in json.loads(done.stdout)]
        counts = [re.search(r"I\s+refs:\s+([\d,]+)", log.read_text())[1] for log in logs]
    none, first, nine, all_of_them = (int(count.replace(",", "")) for count in counts)
    tenth = COUNTED_REPETITIONS // 10
    return {"first tenth": (first - none) / tenth, "last tenth": (all_of_them - nine) / tenth}


def counted() -> list[int]:
    """The processes that make none, a tenth, nine tenths and all of the repetitions."""
    from pytimer.chunks import MOST_CALLS_IN_CHUNK
    from pytimer.devices import resolve_device
    from pytimer.loops import NativeEngine
    from pytimer.workload import Workload

    gc.disable()
    nothing = Workload(_do_nothing, (((), {}),), resolve_device("cpu"), "nothing")
    processes = []
    for tenths in (0, 1, 9, 10):
        process = os.fork()
        if process == 0:
            engine, left = NativeEngine(nothing), COUNTED_REPETITIONS * tenths // 10
            while left:
                calls = min(left, MOST_CALLS_IN_CHUNK)
                engine.isolated(calls)
                left -= calls
            os._exit(0)
        os.waitpid(process, 0)
        processes.append(process)
    return processes


def in_a_process(*arguments: str) -> Any:
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["| 10 million samples | seconds | memory on top [MiB] |", "| --- | ---: | ---: |"]
    lines += [f"| {row['stage']} | {row['seconds']:.1f} | {row['peak_mib']:.0f} |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=10_000_000)
    parser.add_argument("--max-samples", type=int)
    parser.add_argument("--part", choices=["series", "stages", "counted"])
    parser.add_argument("--model", choices=["python", "native"], default="python")
    parser.add_argument("--json", help="write the figures there")
    options = parser.parse_args()
    if options.part == "series":
        print(json.dumps(series(options.model, options.repetitions, options.max_samples)))
    elif options.part == "stages":
        print(json.dumps(stages(options.repetitions)))
    elif options.part == "counted":
        print(json.dumps(counted()))
    else:
        measure_all(options.repetitions, options.json)


def measure_all(repetitions: int, path: str | None) -> None:
    from pytimer import codec
    from pytimer.devices import resolve_device
    from pytimer.environment import capture

    size = ["--repetitions", str(repetitions)]
    runs = [
        in_a_process("--part", "series", *size, "--model", model, *most)
        for model in ("python", "native")
        for most in ([], ["--max-samples", "10000"])
    ]
    document = {
        "command": "python benchmarks/soak.py --json benchmarks/results/soak.json",
        "environment": codec.encode(capture(resolve_device("cpu"))),
        "series": runs,
        "rows": in_a_process("--part", "stages", *size),
        "instructions_per_repetition": instructions(),
    }
    for run in runs:
        print(json.dumps(run))
    print(table(document["rows"]))
    print(document["instructions_per_repetition"])
    if path is not None:
        Path(path).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
