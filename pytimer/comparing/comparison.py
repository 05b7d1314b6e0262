"""Two stored results compared, figure by figure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytimer.caveats import Caveat
from pytimer.comparing.metrics import (
    Comparable,
    Metric,
    comparable,
    entries_of,
    environment_of,
    members_of,
    metrics_of,
    subject_of,
)
from pytimer.comparing.result import ComparedMetric, CompareResult
from pytimer.comparing.stored import stored
from pytimer.ending import INCOMPLETE
from pytimer.environment import differences
from pytimer.errors import NotComparableError, PlanError
from pytimer.model_setup import Setup
from pytimer.statistics import Change, Verdict, compare_processes


def compare(
    base: Comparable | str | os.PathLike[str],
    new: Comparable | str | os.PathLike[str],
    *,
    fail_above: float = 0.05,
    allow_different: bool = False,
) -> CompareResult:
    """Compares a new result with a base, figure by figure.

    The interval of a ratio is over processes, since two processes differ by more than the calls
    within one: Welch's t on the logarithms of the figures of 5 processes or more on each side, as
    `measure_in_processes` makes them. With fewer only an obvious change has a verdict.

    Args:
        base, new: results, or the files that `save` wrote: of latency, processes, modes,
            throughput, sweep, batch-size or run. Or folders with such a file of each process, of
            latency or throughput. Of the same inputs, mode, call and batch size; the names of the
            models may differ.
        fail_above: a figure worse by more than this fraction is a regression; 0.05 is 5 %.
        allow_different: compare results of different environments or setups all the same.

    Raises:
        PlanError: a fraction outside (0, 1), or a result of another kind.
        NotComparableError: environments or setups differ, not the same thing was measured, or a
            measurement was broken off (the caveat `incomplete`).
        ResultFileError: a file cannot be read.
    """
    if not isinstance(fail_above, float) or not 0 < fail_above < 1:
        raise PlanError(
            f"fail_above must be a fraction between 0 and 1 (0.05 is 5 %), got {fail_above!r}"
        )
    base, new = (
        stored(side) if isinstance(side, str | os.PathLike) else comparable(side)
        for side in (base, new)
    )
    _check_complete(base, "base")
    _check_complete(new, "new")
    _check_entries(base, new)
    before, after = _by_name(metrics_of(base)), _by_name(metrics_of(new))
    pairs = [(before[name], after[name]) for name in before if name in after]
    if not pairs:
        raise NotComparableError(
            f"expected results of the same kind, got {', '.join(before) or 'nothing'} in base and "
            f"{', '.join(after) or 'nothing'} in new"
        )
    pairs = _alike(pairs)
    differing = (
        *differences(environment_of(base), environment_of(new)),
        *_setup_differences(subject_of(base).setup, subject_of(new).setup),
    )
    if differing and not allow_different:
        raise NotComparableError(
            f"not in one environment and setup: {'; '.join(differing)}; measure both alike, or "
            "allow differences (--allow-different)"
        )
    paired = {metric.name for metric, _ in pairs}
    return CompareResult(
        base=subject_of(base),
        new=subject_of(new),
        fail_above=fail_above,
        metrics=tuple(_compared(*pair, fail_above) for pair in pairs),
        unpaired=tuple(name for name in before | after if name not in paired),
        differences=differing,
        environment=environment_of(new),
        caveats=tuple(_caveats(base, new)),
    )


def _check_complete(result: Comparable, side: str) -> None:
    for part in members_of(result):
        for caveat in part.caveats:
            if caveat.name == INCOMPLETE:
                raise NotComparableError(
                    f"expected a complete result as {side}, got one that was broken off "
                    f"({caveat.message}); measure it again"
                )


def _check_entries(base: Comparable, new: Comparable) -> None:
    """Raises NotComparableError where one has single calls and the other means, or of others."""
    before, after = entries_of(base), entries_of(new)
    if before and after and before != after:
        raise NotComparableError(
            f"latency: not the same was kept: {before} in base, {after} in new; measure both with "
            "the same repetitions and max_samples (--max-samples)"
        )


def _by_name(metrics: Sequence[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


def _alike(pairs: Sequence[tuple[Metric, Metric]]) -> list[tuple[Metric, Metric]]:
    """Those whose sizes were searched alike.

    Raises:
        NotComparableError: there are none, or not the same was measured.
    """
    for base, new in pairs:
        if unlike := _unlike(base.conditions, new.conditions):
            raise NotComparableError(
                f"{base.name}: not the same was measured: {unlike}; measure both alike"
            )
    alike = [(base, new) for base, new in pairs if base.search == new.search]
    if not alike:
        base, new = pairs[0]
        raise NotComparableError(
            f"{base.name}: not searched alike: {_unlike(base.search, new.search)}; search both "
            "with the same --memory-limit, --multiple-of and --max-batch-size"
        )
    return alike


def _unlike(base: Mapping[str, str], new: Mapping[str, str]) -> str | None:
    """The first difference."""
    differing = (name for name, value in base.items() if new[name] != value)
    name = next(differing, None)
    return None if name is None else f"{name} is {base[name]} in base, {new[name]} in new"


def _setup_differences(base: Setup | None, new: Setup | None) -> Iterator[str]:
    """Of all but the threads, which are in the environment."""
    for name in ("amp", "channels_last", "compile", "grad_mode"):
        before, after = (getattr(setup, name, None) for setup in (base, new))
        if before != after:
            yield f"setup.{name}: {before or 'no'} in base, {after or 'no'} in new"


def _compared(base: Metric, new: Metric, fail_above: float) -> ComparedMetric:
    try:
        change = _change(base, new, fail_above)
    except ValueError as error:  # figures so far apart that their ratio is no number
        raise NotComparableError(f"{base.name}: {error}") from None
    return ComparedMetric(base.name, base.unit, base.values, new.values, change)


def _change(base: Metric, new: Metric, fail_above: float) -> Change:
    if base.unit == "s":
        return compare_processes(base.values, new.values, bound=fail_above, figure=base.figure)
    if base.unit == "items/s":
        return compare_processes(1 / base.values, 1 / new.values, bound=fail_above)
    return _exact(float(base.values[0] / new.values[0]), fail_above)


def _exact(ratio: float, fail_above: float) -> Change:
    """Of sizes, which have no spread."""
    verdict: Verdict = "same" if ratio == 1 else "smaller" if ratio > 1 else "larger"
    return Change(ratio, ratio, ratio, verdict, ratio > 1 + fail_above)


def _caveats(base: Comparable, new: Comparable) -> Iterator[Caveat]:
    before, after = (
        dict.fromkeys(caveat for part in members_of(result) for caveat in part.caveats)
        for result in (base, new)
    )
    for caveat in before | after:
        side = "new" if caveat not in before else "base" if caveat not in after else "both"
        yield replace(caveat, message=f"{side}: {caveat.message}")
