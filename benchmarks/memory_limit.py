"""Is the batch-size search exact on a real model, and how long does it take?

Searches EfficientNet-b0 under a memory limit, and tries the sizes around the answer one by one,
each in a fresh prober. Ends with exit code 1 when the two disagree. On CUDA it also searches the
whole card, and lists the texts of the failures it met.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import torch
from accuracy import named_efficientnet

import pytimer
from pytimer import codec
from pytimer.batch_size import opened
from pytimer.devices import resolve_device
from pytimer.environment import capture
from pytimer.units import mebibytes
from pytimer.workload import prepared

AROUND = 2
"""Sizes below and above the answer that are tried one by one."""


def searched(model, x, device, **options):
    """The result, and the seconds it took."""
    begin = time.perf_counter()
    result = pytimer.find_batch_size(model, x, device=device, **options)
    return result, time.perf_counter() - begin


def one_by_one(model, x, device, plan, sizes):
    """Whether each size fits, each tried in a fresh prober."""
    fits = {}
    with prepared(model, x, device) as workload:
        for size in sizes:
            with opened(workload, replace(plan, max_batch_size=size), None) as (prober, _):
                fits[size] = prober.probe(size, smaller_fitted=True).fitted
    return fits


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.add_argument("--memory-limit", type=int, default=1024, metavar="MIB")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()

    device = resolve_device(options.device)
    name, model = named_efficientnet()
    model.to(device.name)
    x = torch.randn(1, 3, 224, 224)
    limit = options.memory_limit * 2**20
    found, seconds = searched(model, x, device, memory_limit_bytes=limit, max_batch_size=10_000)
    answer = found.max_batch_size
    sizes = [size for size in range(answer - AROUND, answer + AROUND + 1) if size > 0]
    fits = one_by_one(model, x, device, found.plan, sizes)
    agrees = fits == {size: size <= answer for size in sizes}
    results = [("limit", found, seconds)]
    if device.asynchronous:
        results.append(("whole card", *searched(model, x, device)))
    print(f"{name} on {device.name}, {capture(device).host.cpu}, torch {torch.__version__}")
    print(f"within {options.memory_limit} MiB: {answer}; one by one around it: ", end="")
    print(", ".join(f"{size} {'fits' if fit else 'fails'}" for size, fit in fits.items()))
    for what, result, took in results:
        failed = [probe for probe in result.probes if not probe.fitted]
        print(f"{what}: {result.max_batch_size} after {len(result.probes)} probes", end=", ")
        print(f"{len(failed)} too large, {took:.1f} s, limited by {result.limit}")
        for probe in result.probes:
            print(f"  {probe.batch_size:>6} {mebibytes(probe.peak_bytes):>8} MiB", end=" ")
            print(probe.error.splitlines()[0] if probe.error else "fits")
    if options.json:
        document = {
            "model": name,
            "agrees": agrees,
            "around": fits,
            "environment": codec.encode(capture(device)),
            "searches": [
                {"what": what, "seconds": took, "probes": [asdict(p) for p in result.probes]}
                for what, result, took in results
            ],
        }
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if agrees else 1)


if __name__ == "__main__":
    main()
