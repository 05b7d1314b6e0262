"""The parts that are tried, each under one version."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import ParseError

from .counts import Counts, counts_of
from .environment import Environment, NotRunError, commit, environment, python_named
from .requirements import requirements
from .rows import Row

TORCH_FREE = Path(__file__).with_name("torch_free.txt")

# Of torch 2.14.1 with its CUDA packages 5.6 GB stay, beside the files they come from.
_TORCH_BYTES = 12_000_000_000

_SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
"""All tests with torch, for time's sake; what a neighbour disturbs is tried again, alone."""

Outcome = tuple[str, Counts, str]
"""The versions found, the counts, and a note."""


def torch_free_tests() -> list[str]:
    """The tests that need no torch, as pytest takes them."""
    return [line for line in TORCH_FREE.read_text().splitlines() if not line.startswith("#")]


def without_torch(version: str) -> Iterator[Row]:
    """The part that needs no torch, under one Python: built, and tested."""

    def outcome() -> Outcome:
        with environment(python_named(version)) as made:
            made.install(requirements(made.source / "pyproject.toml", None))
            _build(made, PYTIMER_WITHOUT_TORCH="1")
            counts, note = _tested(made, torch_free_tests())
            return f"Python {_python(made)}", counts, note

    yield _row("without torch", f"Python {version}", outcome)


def cpp_library(standard: str) -> Iterator[Row]:
    """CTest of the library without torch, compiled in one C++ standard."""

    def outcome() -> Outcome:
        with environment() as made:
            counts = _ctest(made, "none", standard)
            return _compiler(made), counts, ""

    yield _row("C++ library", f"C++{standard}", outcome)


def with_torch(torch: str, python: str) -> Iterator[Row]:
    """All of `make test` under one torch and one Python, such as 2.13.0 and 3.11."""
    asked = f"torch {torch}"
    try:
        with environment(python_named(python), free_bytes=_TORCH_BYTES) as made:
            made.install(requirements(made.source / "pyproject.toml", torch))
            _build(made)
            found = f"torch {made.says('import torch; print(torch.__version__)')}"

            def pytest() -> Outcome:
                counts, note = _tested(made, [], _SIDE_BY_SIDE)
                return f"{found}, Python {_python(made)}", counts, note

            def ctest() -> Outcome:
                counts = _ctest(made, str(made.python), "20")
                return f"{found}, {_compiler(made)}", counts, ""

            yield _row("pytest", asked, pytest)
            yield _row("CTest with torch", asked, ctest)
    except NotRunError as error:
        yield _not_run("pytest", asked, error)
        yield _not_run("CTest with torch", asked, error)


def _build(made: Environment, **more: str) -> None:
    made.must(made.python, "setup.py", "--quiet", "build_ext", "--inplace", more=more)


def _tested(
    made: Environment, tests: Sequence[str], options: Sequence[str] = ()
) -> tuple[Counts, str]:
    """The counts of these tests, without the slow ones; what failed is tried once more, alone."""
    counts = _pytest(made, [*options, *tests])
    if counts.failed == 0:
        return counts, ""
    last = counts.after_another_try(_pytest(made, ["--last-failed", *tests]))
    passed = counts.failed - last.failed
    return last, f"{passed} passed only when tried again, alone" if passed else ""


def _pytest(made: Environment, tests: Sequence[str]) -> Counts:
    junit = made.source / "pytest.xml"
    junit.unlink(missing_ok=True)
    code = made.attempt(
        made.python, "-m", "pytest", "-m", "not slow", f"--junit-xml={junit}", *tests
    )
    return _counted(junit, "pytest", code)


def _ctest(made: Environment, python: str, standard: str) -> Counts:
    build = f"build/{standard}"
    made.must(
        *("cmake", "-S", ".", "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"),
        *("-DPYTIMER_WARNINGS_AS_ERRORS=ON", f"-DPYTIMER_PYTHON={python}"),
        f"-DPYTIMER_TEST_STANDARD={standard}",
    )
    made.must("cmake", "--build", build)
    junit = made.source / "ctest.xml"
    code = made.attempt(
        "ctest", "--test-dir", build, "--output-on-failure", "--output-junit", junit
    )
    return _counted(junit, "ctest", code)


def _counted(junit: Path, program: str, code: int) -> Counts:
    try:
        return counts_of(junit)
    except (OSError, ParseError) as error:
        raise NotRunError(f"{program} ended with {code} and counted nothing") from error


def _python(made: Environment) -> str:
    return made.says("import platform; print(platform.python_version())")


def _compiler(made: Environment) -> str:
    """Name and version of the compiler that CMake took."""
    files = (made.source / "build").glob("*/CMakeFiles/*/CMakeCXXCompiler.cmake")
    lines = [line for file in files for line in file.read_text().splitlines()]
    facts = [
        line.split('"')[1]
        for fact in ("CMAKE_CXX_COMPILER_ID ", "CMAKE_CXX_COMPILER_VERSION ")
        for line in lines
        if line.startswith(f"set({fact}")
    ]
    return " ".join(facts[:2])


def _row(what: str, asked: str, outcome: Callable[[], Outcome]) -> Row:
    try:
        found, counts, note = outcome()
    except NotRunError as error:
        return _not_run(what, asked, error)
    return Row(what, asked, found, counts, note, date.today().isoformat(), commit())


def _not_run(what: str, asked: str, reason: NotRunError) -> Row:
    return Row(what, asked, "", None, str(reason), date.today().isoformat(), commit())
