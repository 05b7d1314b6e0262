"""What does one repetition cost beyond the call?

Times a callable that does nothing in the native loop and in the Python loop, and the native loop
with no callable at all (two clock reads on the host), interleaved in one process. The figure is the
host time of the whole loop divided by its repetitions, so it holds everything a loop does.
"""

import argparse
import json
import statistics
import time
from dataclasses import asdict
from pathlib import Path

import torch

from pytimer import _core
from pytimer.devices import resolve_device
from pytimer.environment import capture
from pytimer.loops import NativeEngine, PythonEngine
from pytimer.workload import prepared


def do_nothing():
    pass


def measure(device, repetitions, rounds):
    """Host seconds per repetition, one figure per round, for each loop."""
    costs = {"empty loop": [], "native loop": [], "python loop": []}
    with prepared(do_nothing, (), device) as workload:
        loops = {
            "empty loop": lambda: _core.isolated(
                device.native_clock(), _core.EmptyCall(), repetitions, _core.Samples()
            ),
            "native loop": lambda: NativeEngine(workload).isolated(repetitions),
            "python loop": lambda: PythonEngine(workload).isolated(repetitions),
        }
        for loop in loops.values():
            loop()  # warm-up
        for _ in range(rounds):
            for name, loop in loops.items():
                begin = time.perf_counter_ns()
                loop()
                costs[name].append((time.perf_counter_ns() - begin) / 1e9 / repetitions)
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.add_argument("--repetitions", type=int, default=20_000, help="in each loop")
    parser.add_argument("--rounds", type=int, default=31, help="of all three loops in turn")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()

    device = resolve_device(options.device)
    costs = measure(device, options.repetitions, options.rounds)
    environment = capture(device)
    print(f"{environment.host.cpu}, {device.name}, torch {torch.__version__}")
    print(f"{options.rounds} rounds of {options.repetitions} repetitions of a no-op\n")
    print(f"{'':12} {'median [ns]':>12} {'min [ns]':>10} {'max [ns]':>10}")
    for name, cost in costs.items():
        shown = [f(cost) * 1e9 for f in (statistics.median, min, max)]
        print(f"{name:12} {shown[0]:12.1f} {shown[1]:10.1f} {shown[2]:10.1f}")

    def ratio(over, under):
        pairs = zip(costs[over], costs[under], strict=True)
        return statistics.median(a / b for a, b in pairs)

    ratios = {
        "python / native": ratio("python loop", "native loop"),
        "native / empty": ratio("native loop", "empty loop"),
    }
    print()
    for name, value in ratios.items():
        print(f"{name:16} {value:6.2f}   (median over rounds)")
    if options.json:
        document = {"environment": asdict(environment), "cost_s": costs, "ratios": ratios}
        document["repetitions"] = options.repetitions
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
