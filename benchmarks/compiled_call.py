"""What does one call of a compiled model cost, with Python and without?

Linear(8, 8) as an AOTInductor package and as a TorchScript module: in the Python loop, called as
torch's own documentation does it, and in the native loop. All take turns in one process. The figure
is the host time of the whole loop divided by its repetitions, so it holds everything a loop does.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import asdict
from pathlib import Path

import torch

import pytimer
from pytimer.devices import resolve_device
from pytimer.environment import capture
from pytimer.loops import NativeEngine, PythonEngine
from pytimer.workload import prepared, prepared_beside

LEAST_RATIO = 10
"""How many times cheaper a native call of a package must be than torch's own from Python."""

TORCH_AOTI, NATIVE_AOTI = "aoti_load_package, Python loop", "package, native loop"


def measure(device, repetitions, rounds):
    """Host seconds per repetition, one figure per round, for each way."""
    model = torch.nn.Linear(8, 8).eval().to(device.name)
    x = torch.randn(1, 8, device=device.name)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        path = str(Path(folder) / "linear.pt2")
        pytimer.export(model, x, path)
        script = torch.jit.trace(model, x)
        package = torch._inductor.aoti_load_package(path)
        with (
            prepared(package, x, device) as torch_aoti,
            prepared_beside(path, x, device) as aoti,
            prepared_beside(script, x, device) as torchscript,
            prepared_beside(model, x, device) as eager,
        ):
            ways = {
                TORCH_AOTI: PythonEngine(torch_aoti),
                "package, Python loop": PythonEngine(aoti),
                NATIVE_AOTI: NativeEngine(aoti),
                "TorchScript, Python loop": PythonEngine(torchscript),
                "TorchScript, native loop": NativeEngine(torchscript),
                "eager, Python loop": PythonEngine(eager),
                "eager, native loop": NativeEngine(eager),
            }
            return interleaved(ways, repetitions, rounds)


def interleaved(ways, repetitions, rounds):
    costs = {name: [] for name in ways}
    for done in range(-1, rounds):  # the first round is warm-up
        for name, engine in ways.items():
            begin = time.perf_counter_ns()
            engine.isolated(repetitions)
            cost = (time.perf_counter_ns() - begin) / 1e9 / repetitions
            engine.take()
            if done >= 0:
                costs[name].append(cost)
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.add_argument("--repetitions", type=int, default=3000, help="of each in a round")
    parser.add_argument("--rounds", type=int, default=31, help="of all in turn")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()

    torch.manual_seed(0)
    device = resolve_device(options.device)
    costs = measure(device, options.repetitions, options.rounds)
    environment = capture(device)
    print(f"{environment.host.cpu}, {device.name}, torch {torch.__version__}")
    print(f"{options.rounds} rounds of {options.repetitions} calls of Linear(8, 8)\n")
    print(f"{'':31} {'median [µs]':>11} {'min [µs]':>9} {'max [µs]':>9}")
    for name, cost in costs.items():
        shown = [f(cost) * 1e6 for f in (statistics.median, min, max)]
        print(f"{name:31} {shown[0]:11.3f} {shown[1]:9.3f} {shown[2]:9.3f}")
    pairs = zip(costs[TORCH_AOTI], costs[NATIVE_AOTI], strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    holds = ratio >= LEAST_RATIO
    print(f"\n{TORCH_AOTI} / {NATIVE_AOTI}: {ratio:.1f} (median over rounds)")
    print(f"bar ≥ {LEAST_RATIO}: {'holds' if holds else 'MISSED'}")
    if options.json:
        document = {
            "environment": asdict(environment),
            "repetitions": options.repetitions,
            "cost_s": costs,
            "ratio": ratio,
            "bar": {"least": LEAST_RATIO, "holds": holds},
        }
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
