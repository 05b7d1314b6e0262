"""The pytest plugin: a fixture `pytimer` that measures, and tests that fail of a regression.

pytest loads it in every session, also where nothing is measured: neither torch nor numpy is
imported before the first measurement.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pytimer
from pytimer.units import fraction_of, significant, unit_for

if TYPE_CHECKING:
    from pytimer import CompareResult, LatencyResult, ProcessesResult, ThroughputResult

_TOLD = "pytimer"
_DOUBTED = "pytimer-inconclusive"
"""Names of the properties of a test that hold its lines of the summary; they reach the controller
of pytest-xdist, and reports in JUnit's format."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pytimer", "measuring models")
    group.addoption(
        "--pytimer-save",
        metavar="FOLDER",
        help="write each result there, in a file named after its test",
    )
    group.addoption(
        "--pytimer-compare",
        metavar="PATH",
        help="fail of a regression against the results in this folder, or in this one file",
    )
    group.addoption(
        "--pytimer-fail-above",
        type=fraction_of,
        default=0.05,
        metavar="P",
        help="what is worse by more is a regression, such as 5%% (the default)",
    )
    group.addoption(
        "--pytimer-processes",
        type=int,
        default=1,
        metavar="N",
        help="measure each in N processes; a verdict needs 5 (default: 1)",
    )


def pytest_configure(config: pytest.Config) -> None:
    fail_above: float = config.getoption("--pytimer-fail-above")
    if not 0 < fail_above < 1:
        raise pytest.UsageError(
            "--pytimer-fail-above must be a fraction between 0 and 1, such as 5%, got "
            f"{fail_above:g}"
        )
    base = _path_of(config, "--pytimer-compare")
    if base is not None and not base.exists():
        raise pytest.UsageError(
            f"--pytimer-compare expects results to compare with, got nothing at {base}; write them "
            "with --pytimer-save"
        )


def _path_of(config: pytest.Config, option: str) -> Path | None:
    path: str | None = config.getoption(option)
    return None if path is None else config.invocation_params.dir / path


@dataclass(slots=True)
class PyTimer:
    """What the fixture `pytimer` is: measures for one test.

    Attributes:
        failures: what is said of each regression, and of each result that cannot be compared, when
            the test has ended.
    """

    _item: pytest.Item
    _measured: int = 0
    failures: list[str] = field(default_factory=list)

    def latency(
        self, model: Any, inputs: Any, *, processes: int | None = None, **options: Any
    ) -> LatencyResult | ProcessesResult:
        """`pytimer.measure_latency`, saved and compared as the session's options say.

        Args:
            processes: see `pytimer.measure_in_processes`; None: as --pytimer-processes says.
            options: of `pytimer.measure_latency`.
        """
        result: LatencyResult | ProcessesResult = self._result(
            pytimer.measure_latency, model, inputs, processes, options
        )
        return result

    def throughput(
        self, model: Any, inputs: Any, *, processes: int | None = None, **options: Any
    ) -> ThroughputResult | ProcessesResult:
        """Likewise of `pytimer.measure_throughput`."""
        result: ThroughputResult | ProcessesResult = self._result(
            pytimer.measure_throughput, model, inputs, processes, options
        )
        return result

    def _result(
        self,
        measure: Any,
        model: Any,
        inputs: Any,
        processes: int | None,
        options: dict[str, Any],
    ) -> Any:
        if processes is None:
            processes = self._item.config.getoption("--pytimer-processes")
        if processes == 1:
            result = measure(model, inputs, **options)
        else:
            result = pytimer.measure_in_processes(
                measure, model, inputs, processes=processes, **options
            )
        self._measured += 1
        self._keep(result)
        return result

    def _keep(self, result: Any) -> None:
        name = file_name(self._item.nodeid, self._measured)
        folder = self._path("--pytimer-save")
        try:
            property_name, said = self._compared(result, name)  # its base may be overwritten below
        finally:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                pytimer.save(result, folder / name)
        self._item.user_properties.append((property_name, f"{_headline(result)}{said}"))

    def _path(self, option: str) -> Path | None:
        return _path_of(self._item.config, option)

    def _compared(self, result: Any, name: str) -> tuple[str, str]:
        """What the comparison says, as a part of which property."""
        path = self._path("--pytimer-compare")
        if path is None:
            return _TOLD, ""
        base = path if path.is_file() else path / name
        if not base.is_file():
            return _DOUBTED, f"; nothing to compare with: no {base}"
        from pytimer.report.comparison import conclusion

        fail_above = self._item.config.getoption("--pytimer-fail-above")
        try:
            comparison: CompareResult = pytimer.compare(str(base), result, fail_above=fail_above)
        except pytimer.NotComparableError as error:
            self.failures.append(f"cannot be compared with {base}: {error}")
            return _DOUBTED, "; cannot be compared"
        said = conclusion(comparison)
        if comparison.regressions:
            changes = ", ".join(
                f"{metric.name} {metric.ratio - 1:+.1%}" for metric in comparison.regressions
            )
            self.failures.append(f"{said} ({changes}) than in {base}")
        return _DOUBTED if comparison.undecided else _TOLD, f"; {said}"


def file_name(node_id: str, number: int) -> str:
    """Of the result of a test's measurement: readable, and another for each.

    Args:
        number: of the measurement in its test, from 1.
    """
    readable = re.sub(r"[^\w.=]+", "-", node_id).strip("-")[-100:]
    digest = hashlib.sha256(node_id.encode()).hexdigest()[:8]
    return f"{readable}-{digest}{'' if number == 1 else f'-{number}'}.json"


_MEASURING = pytest.StashKey[PyTimer]()


@pytest.fixture(name="pytimer")
def _pytimer(request: pytest.FixtureRequest) -> PyTimer:
    """Measures models: `pytimer.latency(model, inputs)`, `pytimer.throughput(model, inputs)`."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        pytest.fail(
            f"pytimer measures alone, got {workers} workers of pytest-xdist, whose work would be "
            "in the times; run these tests with -n 0",
            pytrace=False,
        )
    measuring = PyTimer(request.node)
    request.node.stash[_MEASURING] = measuring
    return measuring


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    yield  # raises what the test raises, which then is what is said
    measuring = item.stash.get(_MEASURING, None)
    if measuring is not None and measuring.failures:
        pytest.fail("\n".join(measuring.failures), pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = list(_lines(terminalreporter))
    if lines:
        terminalreporter.section("pytimer")
    for line, doubted in lines:
        terminalreporter.write_line(f"warning: {line}" if doubted else line, yellow=doubted)


def _lines(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[str, bool]]:
    """The lines of the summary, and whether each is a warning."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name in (_TOLD, _DOUBTED):
                        yield f"{report.nodeid}: {value}", name == _DOUBTED


def _headline(result: Any) -> str:
    first, processes = result, ""
    if isinstance(result, pytimer.ProcessesResult):
        first, processes = result.results[0], f" (median of {len(result.results)} processes)"
    if isinstance(first, pytimer.ThroughputResult):
        rate = first.items_per_s if first is result else result.median
        return f"{significant(rate)} items/s{processes}"
    name, value_s = "median", first.median_s if first is result else result.median
    if first.samples.block > 1:
        name, value_s = "mean", first.mean_s
    unit = unit_for(value_s)
    return f"{name} {unit.show(value_s)} {unit.name}{processes}"
