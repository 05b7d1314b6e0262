"""Measure the inference latency and throughput of PyTorch models correctly.

Importing pytimer is cheap: torch is imported by the first name that needs it, and no device is
touched before the first measurement.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_PACKAGE = Path(__file__).parent

cmake_prefix_path = str(_PACKAGE if (_PACKAGE / "share").exists() else _PACKAGE.parent / "csrc")
"""For CMAKE_PREFIX_PATH: where find_package(pytimer) finds the C++ library."""

if TYPE_CHECKING:
    from pytimer.batch_size import BatchSizeResult, find_batch_size
    from pytimer.call_audit import CallAudit, audit
    from pytimer.caveats import Caveat
    from pytimer.comparing.comparison import compare
    from pytimer.comparing.result import ComparedMetric, CompareResult
    from pytimer.curve import SweepPoint, SweepResult, sweep
    from pytimer.environment import Environment
    from pytimer.equivalence import Equivalence
    from pytimer.errors import (
        AcceleratorError,
        BatchSizeError,
        CallError,
        CaptureError,
        CudaError,
        DeviceUnavailableError,
        Interrupted,
        ModelError,
        NotComparableError,
        PlanError,
        PyTimerError,
        RankError,
        ResultFileError,
        SourceError,
    )
    from pytimer.exporting import ExportResult, export
    from pytimer.flop import count_flop
    from pytimer.latency import LatencyResult, measure_latency
    from pytimer.main_job import RunResult, run
    from pytimer.mistakes import ColdStart, Mistake, MistakesResult, measure_mistakes
    from pytimer.model_files import open_model
    from pytimer.model_setup import Setup
    from pytimer.modes import ModesResult, measure_modes
    from pytimer.overhead import LoopFigures, LoopsResult, compare_loops
    from pytimer.pairs import ABResult, ab
    from pytimer.plan import (
        BatchSizePlan,
        LatencyPlan,
        Loop,
        LoopsPlan,
        MistakesPlan,
        Mode,
        Strategy,
        SweepPlan,
        ThroughputPlan,
    )
    from pytimer.probing import Probe
    from pytimer.processes import ProcessesResult, measure_in_processes
    from pytimer.profiling import ProfileResult, profile
    from pytimer.progress import Progress
    from pytimer.ranks import MissingRank, RankResult, RanksResult, measure_ranks
    from pytimer.result_file import load, save
    from pytimer.samples import Samples
    from pytimer.self_test import SelftestResult, selftest
    from pytimer.serving import LoadPlan, LoadPoint, LoadResult, measure_load
    from pytimer.throughput import ThroughputResult, measure_throughput
    from pytimer.work import Energy, Flop, NotAvailable, Peak, Work

_HOME = {
    "ABResult": "pairs",
    "AcceleratorError": "errors",
    "BatchSizeError": "errors",
    "BatchSizePlan": "plan",
    "BatchSizeResult": "batch_size",
    "CallAudit": "call_audit",
    "CallError": "errors",
    "CaptureError": "errors",
    "Caveat": "caveats",
    "ColdStart": "mistakes",
    "CompareResult": "comparing.result",
    "ComparedMetric": "comparing.result",
    "CudaError": "errors",
    "DeviceUnavailableError": "errors",
    "Energy": "work",
    "Environment": "environment",
    "Equivalence": "equivalence",
    "ExportResult": "exporting",
    "Flop": "work",
    "Interrupted": "errors",
    "LatencyPlan": "plan",
    "LatencyResult": "latency",
    "LoadPlan": "serving",
    "LoadPoint": "serving",
    "LoadResult": "serving",
    "Loop": "plan",
    "LoopFigures": "overhead",
    "LoopsPlan": "plan",
    "LoopsResult": "overhead",
    "MissingRank": "ranks",
    "Mistake": "mistakes",
    "MistakesPlan": "plan",
    "MistakesResult": "mistakes",
    "Mode": "plan",
    "ModelError": "errors",
    "ModesResult": "modes",
    "NotAvailable": "work",
    "NotComparableError": "errors",
    "Peak": "work",
    "PlanError": "errors",
    "Probe": "probing",
    "ProcessesResult": "processes",
    "ProfileResult": "profiling",
    "Progress": "progress",
    "PyTimerError": "errors",
    "RankError": "errors",
    "RankResult": "ranks",
    "RanksResult": "ranks",
    "ResultFileError": "errors",
    "RunResult": "main_job",
    "Samples": "samples",
    "SelftestResult": "self_test",
    "Setup": "model_setup",
    "SourceError": "errors",
    "Strategy": "plan",
    "SweepPlan": "plan",
    "SweepPoint": "curve",
    "SweepResult": "curve",
    "ThroughputPlan": "plan",
    "ThroughputResult": "throughput",
    "Work": "work",
    "ab": "pairs",
    "audit": "call_audit",
    "compare": "comparing.comparison",
    "compare_loops": "overhead",
    "count_flop": "flop",
    "export": "exporting",
    "find_batch_size": "batch_size",
    "load": "result_file",
    "measure_in_processes": "processes",
    "measure_latency": "latency",
    "measure_load": "serving",
    "measure_mistakes": "mistakes",
    "measure_modes": "modes",
    "measure_ranks": "ranks",
    "measure_throughput": "throughput",
    "open_model": "model_files",
    "profile": "profiling",
    "run": "main_job",
    "save": "result_file",
    "selftest": "self_test",
    "sweep": "curve",
}

__all__ = [
    "ABResult",
    "AcceleratorError",
    "BatchSizeError",
    "BatchSizePlan",
    "BatchSizeResult",
    "CallAudit",
    "CallError",
    "CaptureError",
    "Caveat",
    "ColdStart",
    "CompareResult",
    "ComparedMetric",
    "CudaError",
    "DeviceUnavailableError",
    "Energy",
    "Environment",
    "Equivalence",
    "ExportResult",
    "Flop",
    "Interrupted",
    "LatencyPlan",
    "LatencyResult",
    "LoadPlan",
    "LoadPoint",
    "LoadResult",
    "Loop",
    "LoopFigures",
    "LoopsPlan",
    "LoopsResult",
    "MissingRank",
    "Mistake",
    "MistakesPlan",
    "MistakesResult",
    "Mode",
    "ModelError",
    "ModesResult",
    "NotAvailable",
    "NotComparableError",
    "Peak",
    "PlanError",
    "Probe",
    "ProcessesResult",
    "ProfileResult",
    "Progress",
    "PyTimerError",
    "RankError",
    "RankResult",
    "RanksResult",
    "ResultFileError",
    "RunResult",
    "Samples",
    "SelftestResult",
    "Setup",
    "SourceError",
    "Strategy",
    "SweepPlan",
    "SweepPoint",
    "SweepResult",
    "ThroughputPlan",
    "ThroughputResult",
    "Work",
    "__version__",
    "ab",
    "audit",
    "cmake_prefix_path",
    "compare",
    "compare_loops",
    "count_flop",
    "export",
    "find_batch_size",
    "load",
    "measure_in_processes",
    "measure_latency",
    "measure_load",
    "measure_mistakes",
    "measure_modes",
    "measure_ranks",
    "measure_throughput",
    "open_model",
    "profile",
    "run",
    "save",
    "selftest",
    "sweep",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'pytimer' has no attribute {name!r}")
    value: object = getattr(import_module(f"pytimer.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
