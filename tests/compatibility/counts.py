"""How many tests passed, from the JUnit files that pytest and CTest write."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True)
class Counts:
    """Tests by outcome, and those by name that failed."""

    passed: int
    failed: int
    skipped: int
    failures: tuple[str, ...] = ()

    def after_another_try(self, again: "Counts") -> "Counts":
        """These counts once all that failed was tried a second time, which came to `again`."""
        return Counts(
            self.passed + self.failed - again.failed, again.failed, self.skipped, again.failures
        )


def counts_of(junit: Path) -> Counts:
    """The counts of one JUnit file.

    Raises:
        OSError: there is none.
        xml.etree.ElementTree.ParseError: it was not written to its end.
    """
    cases = list(ElementTree.parse(junit).iter("testcase"))
    failures = tuple(case.get("name", "") for case in cases if _has(case, "failure", "error"))
    skipped = sum(_has(case, "skipped") for case in cases)
    return Counts(len(cases) - len(failures) - skipped, len(failures), skipped, failures)


def _has(case: ElementTree.Element, *outcomes: str) -> bool:
    return any(case.find(outcome) is not None for outcome in outcomes)
