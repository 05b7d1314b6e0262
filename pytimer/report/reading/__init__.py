"""The one reading of a result that pages, tables and files of numbers are made from."""

from __future__ import annotations

from typing import Any

from pytimer.batch_size import BatchSizeResult
from pytimer.comparing.result import CompareResult
from pytimer.curve import SweepResult
from pytimer.exporting import ExportResult
from pytimer.latency import LatencyResult
from pytimer.main_job import RunResult
from pytimer.mistakes import MistakesResult
from pytimer.modes import ModesResult
from pytimer.overhead import LoopsResult
from pytimer.pairs import ABResult
from pytimer.processes import ProcessesResult
from pytimer.profiling import ProfileResult
from pytimer.ranks import RanksResult
from pytimer.report.document import Document, Section
from pytimer.report.layout import title
from pytimer.report.parts import parts_of
from pytimer.report.reading import (
    batch_size,
    latency,
    load,
    mistakes,
    models,
    self_test,
    side_by_side,
)
from pytimer.report.reading.common import named_texts
from pytimer.report.reading.comparison import (
    comparison_section,
    headline_of_comparison,
    numbers,
)
from pytimer.report.reading.processes import headline_of_processes, processes_section
from pytimer.report.reading.ranks import headline_of_ranks, ranks_section
from pytimer.report.surroundings import environment_rows
from pytimer.report.work import HOW, HOW_IN_FIRST, work_facts
from pytimer.result_file import Result
from pytimer.self_test import SelftestResult
from pytimer.serving import LoadResult
from pytimer.throughput import ThroughputResult

Headline = tuple[tuple[str, str], ...]

_BY_SAMPLES = (
    LatencyResult,
    ModesResult,
    ABResult,
    ThroughputResult,
    RunResult,
    LoopsResult,
    ProcessesResult,
    RanksResult,
)
"""Kinds that a program reads sample by sample."""


def read(result: Result) -> Document:
    """All that is shown of `result`, as plain values."""
    parts = parts_of(result)
    if not parts:
        return Document("Nothing was measured", "", (), (), None, (), None)
    headlines, sections = zip(*map(_read_part, parts), strict=True)
    if isinstance(result, ModesResult):
        headlines, sections = headlines[:1], ((latency.modes_section(result),), *sections)
    first = parts[0]
    facts = first.environment
    main = numbers(result) if isinstance(result, CompareResult) else sections[-1][0].tables[0]
    return Document(
        *_names(first),
        headline=tuple(entry for headline in headlines for entry in headline),
        sections=tuple(section for part in sections for section in part),
        surroundings=named_texts("What surrounded the measurement", environment_rows(facts)),
        caveats=tuple(dict.fromkeys(c for part in parts for c in getattr(part, "caveats", ()))),
        environment=facts,
        main=None if isinstance(result, _BY_SAMPLES) else main,
    )


def _names(result: Any) -> tuple[str, str]:
    """Title and subtitle."""
    if isinstance(result, ABResult):
        return f"{result.a.model} and {result.b.model}", title(result.a).plain
    if isinstance(result, CompareResult):
        return f"{result.new.model} against {result.base.model}", title(result.new).plain
    if isinstance(result, SelftestResult):
        return "Self-test", result.device
    subject = result.subject
    return subject.model, title(subject).plain.removeprefix(f"{subject.model} · ")


def _work_sections(part: LatencyResult | ThroughputResult, how: str = HOW) -> tuple[Section, ...]:
    facts = work_facts(part)
    return (Section("Work", how, facts=facts),) if facts else ()


def _read_part(part: Any) -> tuple[Headline, tuple[Section, ...]]:
    match part:
        case LatencyResult():
            return latency.headline_of_latency(part), (
                latency.latency_section(part),
                *_work_sections(part),
            )
        case BatchSizeResult():
            return batch_size.headline_of_batch_size(part), (batch_size.batch_size_section(part),)
        case SweepResult():
            return batch_size.headline_of_sweep(part), (batch_size.sweep_section(part),)
        case ThroughputResult():
            return batch_size.headline_of_throughput(part), (
                batch_size.throughput_section(part),
                *_work_sections(part),
            )
        case ABResult():
            return side_by_side.headline_of_pairs(part), (side_by_side.pairs_section(part),)
        case CompareResult():
            return headline_of_comparison(part), (comparison_section(part),)
        case ProcessesResult():
            return headline_of_processes(part), (
                processes_section(part),
                *_work_sections(part.results[0], HOW_IN_FIRST),
            )
        case RanksResult():
            return headline_of_ranks(part), (ranks_section(part),)
        case LoopsResult():
            return side_by_side.headline_of_loops(part), (side_by_side.loops_section(part),)
        case MistakesResult():
            return mistakes.headline_of_mistakes(part), tuple(mistakes.mistakes_sections(part))
        case ExportResult():
            return models.headline_of_export(part), (models.export_section(part),)
        case ProfileResult():
            return models.headline_of_profile(part), (models.profile_section(part),)
        case LoadResult():
            return load.headline_of_load(part), (load.load_section(part),)
        case SelftestResult():
            return self_test.headline_of_selftest(part), (self_test.selftest_section(part),)
    raise TypeError(f"expected a result, got {type(part).__name__}")
