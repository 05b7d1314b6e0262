"""The JSON documents of small results of every kind, as `pytimer.save` writes them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytimer

from ..python import results as make


@cache
def documents() -> dict[str, dict[str, Any]]:
    """By name; the numbers are those of tests/python/results.py."""
    sweep = make.sweep()
    return {
        name: _document_of(result)
        for name, result in {
            "latency": make.latency(count=24),
            "latency-cuda": make.latency(make.CUDA, count=24),
            "modes": make.modes(),
            "ab": make.ab(),
            "batch-size": make.batch_size(),
            "throughput": make.throughput(curve=sweep),
            "sweep": make.sweep(max_latency_s=0.1),
            "run": pytimer.RunResult(make.latency(count=5), make.batch_size(), sweep, None),
            "selftest": make.selftest(),
            "export": make.export(),
            "overhead": make.loops(make.CUDA),
            "mistakes": make.mistakes(make.CUDA),
            "profile": make.profile(make.CUDA),
            "load": make.load(),
            "load-paced": make.paced(),
            "load-auto": make.load_searched(),
            "processes": make.processes(*make.NOISE, of=make.latency(count=24)),
            "processes-throughput": make.processes(1.0, 1.01, of=make.throughput()),
            "comparison": make.comparison(),
            "ranks": make.ranks(0.01, 0.02),
            "ranks-latency": make.latency_ranks(),
            "ranks-missing": make.ranks(0.01, missing=((1, "no word"),)),
        }.items()
    }


def small_documents() -> tuple[dict[str, Any], ...]:
    """Of under 4 kB, for where many are tried in a second."""
    few = (make.latency(count=2), make.batch_size(), make.selftest(), make.export(), make.profile())
    return tuple(map(_document_of, (*few, make.loops(), pytimer.RunResult())))


def _document_of(result: Any) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "result.json")
        pytimer.save(result, path)
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document
