"""Do the statistics hold on real series of this machine?

Records a long series of each of a few models, and checks on them what needs no truth: how often two
halves of pairs of identical calls are called different (A/A), and how often the interval of one
stretch contains the median of the whole series, from one stretch and over rounds.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import pytimer
from pytimer import statistics
from pytimer.devices import resolve_device

RESULTS = Path(__file__).parent / "results"
STRETCH = 300
ROUNDS = 10


def models():
    """(name, model, inputs, samples of the long series)"""
    torch.manual_seed(0)
    linear = torch.nn.Linear(256, 256)
    mlp = torch.nn.Sequential(*(torch.nn.Linear(512, 512) for _ in range(4)))
    convolution = torch.nn.Conv2d(8, 16, 3)
    yield "Linear(256, 256), batch 8", linear, torch.randn(8, 256), 30_000
    yield "4 × Linear(512, 512), batch 8", mlp, torch.randn(8, 512), 30_000
    yield "Conv2d(8, 16, 3), 64 × 64", convolution, torch.randn(1, 8, 64, 64), 30_000


def called_different(x):
    """Share of A/A comparisons on neighbouring samples as pairs that are called different."""
    rng = np.random.default_rng(0)
    verdicts = []
    for start in range(0, len(x) - 2 * STRETCH + 1, 2 * STRETCH):
        pairs = x[start : start + 2 * STRETCH].reshape(STRETCH, 2)
        swap = rng.random(STRETCH) < 0.5
        a, b = np.where(swap, pairs.T[::-1], pairs.T)
        verdicts.append(statistics.compare_pairs(a, b).verdict in ("slower", "faster"))
    return float(np.mean(verdicts)), len(verdicts)


def contains_the_whole(x):
    """Share of stretches whose interval contains the median of the whole series."""
    median = np.median(x)
    hits = []
    for start in range(0, len(x) - STRETCH + 1, STRETCH):
        stretch = x[start : start + STRETCH]
        found = statistics.percentile_interval(stretch, resolution_s=statistics.timer_step(stretch))
        hits.append(found.low_s <= median <= found.high_s)
    return float(np.mean(hits))


def contains_the_whole_over_rounds(x):
    """The same for as many samples, taken in rounds spread over the whole series."""
    median = np.median(x)
    size = STRETCH // ROUNDS
    spacing = len(x) // ROUNDS
    hits = []
    for offset in range(0, spacing - size + 1, size):
        starts = [offset + round_ * spacing for round_ in range(ROUNDS)]
        medians = np.array([np.median(x[start : start + size]) for start in starts])
        found = statistics.interval_of_rounds(medians)
        hits.append(found.low_s <= median <= found.high_s)
    return float(np.mean(hits))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.add_argument("--json", default=str(RESULTS / "traces.json"), metavar="FILE")
    options = parser.parse_args()
    device = resolve_device(options.device)

    document = {"device": device.facts().model, "series": []}
    print("| series | samples | A/A called different | interval holds | over 10 rounds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, model, inputs, samples in models():
        result = pytimer.measure_latency(
            model.to(device.name), inputs, device=device, repetitions=samples, warm_up=200
        )
        x = result.latency_s
        different, comparisons = called_different(x)
        row = {
            "name": name,
            "samples": len(x),
            "a_a_called_different": different,
            "comparisons": comparisons,
            "interval_holds": contains_the_whole(x),
            "over_rounds": contains_the_whole_over_rounds(x),
            "latency_ns_every_tenth": np.round(x[::10] * 1e9).astype(int).tolist(),
        }
        document["series"].append(row)
        print(
            f"| {name} | {len(x)} | {different:.1%} of {comparisons} | "
            f"{row['interval_holds']:.0%} | {row['over_rounds']:.0%} |"
        )
    Path(options.json).write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
