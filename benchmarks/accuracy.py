"""How far is each way of timing from the truth, for work of known length?

On a GPU the work is a spin that stamps itself. It is read by pytimer in every mode, by the
article's Python loop and by triton's do_bench and do_bench_cudagraph, in turn. Two models are
measured in all modes, and a long series of samples is kept. Writes benchmarks/results/<device>.json
and prints a Markdown table for docs/accuracy.md. On the host it does the same without the peers.
"""

import argparse
import json
import re
import statistics
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

import pytimer
from pytimer.devices import resolve_device
from pytimer.floor import floor_samples
from pytimer.models import make_model
from pytimer.plan import Loop, Mode
from pytimer.self_test import LENGTHS_S

RESULTS = Path(__file__).parent / "results"
ROUNDS = 5


def named_efficientnet():
    """EfficientNet-b0, by the package or by torchvision, with its name."""
    try:
        return "efficientnet-b0", make_model("efficientnet-b0").model
    except pytimer.ModelError:
        from torchvision.models import efficientnet_b0

        return "torchvision efficientnet_b0", efficientnet_b0()


def models():
    """(name, model, inputs)"""
    name, model = named_efficientnet()
    yield name, model, torch.randn(1, 3, 224, 224)
    torch.manual_seed(0)
    layers = (layer for _ in range(4) for layer in (torch.nn.Linear(256, 256), torch.nn.ReLU()))
    yield "MLP 4 × 256", torch.nn.Sequential(*layers), torch.randn(8, 256)


def true_length(work):
    """By the work's own stamps; replays of a graph stamp one place."""
    lengths_s = work.lengths_s()
    return float(np.median(lengths_s[lengths_s > 0]))


def readers(device):
    """Name → function of (device, length): (read seconds, true seconds), medians of one series."""

    def by_pytimer(mode, **options):
        def read(length_s):
            work = device.known_work(length_s, 200)
            result = pytimer.measure_latency(
                work.call, (), device=device, mode=mode, repetitions=50, **options
            )
            return result.window_call_s or result.median_s, true_length(work)

        return read

    def by_triton(function):
        def read(length_s):
            from triton import testing

            work = device.known_work(length_s, 200)
            milliseconds = getattr(testing, function)(work.call, return_mode="median")
            return milliseconds / 1e3, true_length(work)

        return read

    return {
        "pytimer queued": by_pytimer("queued"),
        "pytimer isolated": by_pytimer("isolated"),
        "pytimer pipelined": by_pytimer("pipelined"),
        "pytimer graph": by_pytimer("graph"),
        "pytimer graph, pipelined": by_pytimer("pipelined", call="graph"),
        "article's Python loop": by_pytimer("isolated", loop="python"),
        "triton do_bench": by_triton("do_bench"),
        "triton do_bench_cudagraph": by_triton("do_bench_cudagraph"),
    }


def read_known_lengths(device):
    """Rows of (reader, length, median error, spread of the error over rounds), interleaved."""
    errors = {}
    reasons = {}
    for _ in range(ROUNDS):
        for length_s in LENGTHS_S:
            for name, read in readers(device).items():
                try:
                    measured, known = read(length_s)
                except Exception as error:  # a peer that fails is shown with its reason
                    reasons[name] = f"{type(error).__name__}: {error}"
                    continue
                errors.setdefault((name, length_s), []).append(measured - known)
    rows = [
        {
            "reader": name,
            "length_s": length_s,
            "error_s": statistics.median(e),
            "spread_s": max(e) - min(e),
        }
        for (name, length_s), e in errors.items()
    ]
    return rows, reasons


def floors(device):
    """Median reading of no work, in the native and in the Python loop."""
    return {
        loop.value: float(np.median(floor_samples(device, Mode.ISOLATED, loop).latency_s))
        for loop in Loop
    }


def table_of(rows):
    lengths = sorted({row["length_s"] for row in rows})
    head = " | ".join(f"{length * 1e6:g} µs" for length in lengths)
    lines = [f"| error at | {head} |", "| --- |" + " ---: |" * len(lengths)]
    for name in dict.fromkeys(row["reader"] for row in rows):
        cells = {row["length_s"]: row for row in rows if row["reader"] == name}
        shown = " | ".join(
            f"{cells[length]['error_s'] * 1e6:+.2f}" if length in cells else "–"
            for length in lengths
        )
        lines.append(f"| {name} | {shown} |")
    return "\n".join(lines)


def bars(rows, floor):
    """What must hold on a GPU: (statement, whether it does).

    Like is compared with like: what replays many calls between two events with such a window.
    """
    named = {(row["reader"], row["length_s"]): row for row in rows}
    for row in rows:
        if not row["reader"].startswith("pytimer"):
            is_window = row["reader"] == "triton do_bench_cudagraph"
            ours = "pytimer graph, pipelined" if is_window else "pytimer queued"
            own = named[ours, row["length_s"]]
            allowed = abs(row["error_s"]) + row["spread_s"] + own["spread_s"]
            statement = f"{ours} is no further off than {row['reader']} at {row['length_s']:g} s"
            yield statement, abs(own["error_s"]) <= allowed
    yield (
        "native floor is at most half of the Python loop's",
        floor["native"] <= 0.5 * floor["python"],
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda", help="cpu, cuda or cuda:N (default: cuda)")
    parser.add_argument("--samples", type=int, default=20_000, help="of the long series")
    options = parser.parse_args()

    device = resolve_device(options.device)
    selftest = pytimer.selftest(device)
    document = {"selftest": asdict(selftest), "floor_s": floors(device), "models": {}}
    print(f"{selftest.environment.device.model}: self-test", "ok" if selftest.passed else "FAILED")
    for part in (*selftest.readings, *selftest.lines, selftest.control):
        if part is not None and not part.passed:
            print(f"  {part}")
    for name, model, inputs in models():
        model.to(device.name)
        modes = pytimer.measure_modes(model, inputs, device=device, name=name)
        document["models"][name] = {
            "modes": {
                result.plan.mode.value + "/" + result.subject.call: {
                    "median_s": result.median_s,
                    "mean_s": result.mean_s,
                    "std_s": result.std_s,
                    "window_call_s": result.window_call_s,
                    "caveats": [caveat.name for caveat in result.caveats],
                }
                for result in modes.results
            },
            "missing": [asdict(missing) for missing in modes.missing],
        }
        for mode, figures in document["models"][name]["modes"].items():
            print(f"  {name:28} {mode:18} median {figures['median_s'] * 1e6:10.2f} µs")
    series = pytimer.measure_latency(
        model, inputs, device=device, repetitions=options.samples, max_seconds=30
    )
    document["long_series"] = {
        "model": name,
        "latency_ns": np.round(series.latency_s * 1e9).astype(int).tolist(),
    }
    if device.asynchronous:
        rows, reasons = read_known_lengths(device)
        document |= {"known_lengths": rows, "failed_readers": reasons}
        document["bars"] = dict(bars(rows, document["floor_s"]))
        print("\n" + table_of(rows) + "\n\n(median error, µs)")
        for reader, reason in reasons.items():
            print(f"  {reader} failed: {reason}")
        for statement, holds in document["bars"].items():
            print(f"  {'ok    ' if holds else 'MISSED'} {statement}")
    RESULTS.mkdir(exist_ok=True)
    label = re.sub(r"[^a-z0-9]+", "-", (selftest.environment.device.model or "device").lower())
    path = RESULTS / f"{label.strip('-')}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(RESULTS.parent.parent)}")


if __name__ == "__main__":
    main()
