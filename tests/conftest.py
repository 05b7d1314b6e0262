"""Skips are compared with tests/expected_skips.txt, so that a new skip fails."""

from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

import pytest

with suppress(ImportError):  # it starts a thread of its own, and some tests count threads
    import tqdm

    tqdm.tqdm.monitor_interval = 0

collect_ignore = ["audit"]  # programs to be read, some of which call themselves tests

_EXPECTED = [
    line.split("#")[0].strip()
    for line in (Path(__file__).parent / "expected_skips.txt").read_text().splitlines()
    if line.split("#")[0].strip()
]
_unexpected: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    is_expected = any(fnmatch(report.nodeid, pattern) for pattern in _EXPECTED)
    if report.skipped and not is_expected:
        _unexpected.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped and not any(fnmatch(report.nodeid, pattern) for pattern in _EXPECTED):
        _unexpected.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _unexpected and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in _unexpected:
        terminalreporter.write_line(
            f"unexpected skip: {nodeid}; if it is right, name it in tests/expected_skips.txt"
        )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")
