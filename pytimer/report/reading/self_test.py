"""The self-test."""

from __future__ import annotations

from pytimer.report.document import Column, Quantity, Section, Table
from pytimer.report.reading.common import seconds
from pytimer.report.self_test import control_sentence, verdict
from pytimer.self_test import SelftestResult

_MODE = Column("mode", "mode")
_VERDICT = Column("verdict", "verdict")


def headline_of_selftest(result: SelftestResult) -> tuple[tuple[str, str], ...]:
    return (("self-test", "passed" if result.passed else "FAILED"),)


def selftest_section(result: SelftestResult) -> Section:
    return Section(
        "Self-test",
        f"on {result.device}",
        tables=(readings_table(result), _lines(result), _floors(result)),
        facts=(control_sentence(result),),
    )


def readings_table(result: SelftestResult) -> Table:
    columns = (
        _MODE,
        seconds("known", "known"),
        seconds("measured", "measured"),
        seconds("error", "error"),
        Column("error", "error_share", Quantity.SHARE),
        _VERDICT,
    )
    rows = tuple(
        (
            reading.mode,
            reading.known_s,
            reading.measured_s,
            reading.error_s,
            reading.error_s / reading.known_s,
            verdict(reading.passed),
        )
        for reading in result.readings
    )
    return Table("Work of known length", columns, rows)


def _lines(result: SelftestResult) -> Table:
    columns = (
        _MODE,
        seconds("intercept", "intercept"),
        Column("slope", "slope", Quantity.FACTOR),
        seconds("residual", "residual"),
        _VERDICT,
    )
    rows = tuple(
        (line.mode, line.intercept_s, line.slope, line.residual_s, verdict(line.passed))
        for line in result.lines
    )
    return Table("Measured over known, straight lines", columns, rows)


def _floors(result: SelftestResult) -> Table:
    columns = (Column("floor", "floor"), seconds("reads", "floor"))
    rows = tuple((floor.name, floor.seconds) for floor in result.floors)
    return Table("What cannot be read below", columns, rows)
