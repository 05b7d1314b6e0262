"""The pytest plugin, in sessions of its own."""

import time
from pathlib import Path

import pytest

import pytimer
from pytimer.latency import measure_latency
from pytimer.pytest_plugin import file_name
from pytimer.result_file import save

from .results import slower

pytest_plugins = ["pytester"]

PLUGIN = "pytimer.pytest_plugin"

TEST = """
    import time
    def test_tiny(pytimer):
        result = pytimer.latency(time.sleep, 0.002, repetitions=20, audit=False)
        assert len(result.latency_s) == 20
"""


@pytest.fixture
def session(pytester, monkeypatch):
    """Runs the tests in a process of its own, which has the plugin and no other of this one."""
    monkeypatch.setenv("PYTHONPATH", str(Path(pytimer.__file__).parents[1]))
    for name in ("PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        return pytester.runpytest_subprocess("-p", PLUGIN, *map(str, arguments))

    return run


@pytest.fixture(scope="module")
def base():
    """Writes a base whose calls take as long as those of TEST, times a factor."""
    # For the module: pytester forgets what is imported within a test, and numpy is imported once.
    result = measure_latency(time.sleep, 0.002, repetitions=20, audit=False)

    def write(path, factor):
        path.parent.mkdir(exist_ok=True)
        save(slower(result, factor), path)

    return write


def test_a_measurement_is_in_the_summary_and_the_file_named_after_its_test(pytester, session):
    pytester.makepyfile(TEST)
    done = session("--pytimer-save", "results", "-W", "error")
    done.assert_outcomes(passed=1)
    done.stdout.re_match_lines([r"=+ pytimer =+", r".*::test_tiny: median [\d.]+ (n|µ|m)s$"])
    (path,) = (pytester.path / "results").iterdir()
    assert path.name.startswith("test_a_measurement_is_in_the")
    assert len(pytimer.load(path).samples) == 20


def test_nothing_measured_says_nothing_and_imports_nothing(pytester, session):
    pytester.makepyfile(
        """
        import sys
        def test_imports():
            assert "pytimer.pytest_plugin" in sys.modules
            assert not {"torch", "numpy"} & sys.modules.keys()
        """
    )
    done = session()
    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("*= pytimer =*")


def test_only_a_regression_fails_its_test(pytester, session, base):
    names = ("slower", "faster", "unknown", "new")
    pytester.makepyfile(
        test_it="import time"
        + "".join(
            f"""
def test_{name}(pytimer):
    pytimer.latency(time.sleep, 0.002, repetitions=20, audit=False)
"""
            for name in names
        )
    )
    for name, factor in (("slower", 1e-3), ("faster", 1e3), ("unknown", 1 / 1.9)):
        base(pytester.path / "base" / file_name(f"test_it.py::test_{name}", 1), factor)
    done = session("--pytimer-compare", "base", "--pytimer-fail-above", "90%", "-W", "error")
    done.assert_outcomes(failed=1, passed=3)
    done.stdout.fnmatch_lines(
        [
            "*_ test_slower _*",
            "regression: worse by more than 90 %: latency median*",
            "warning: *test_faster: median *; inconclusive: cannot tell whether latency p90 got *",
            "warning: *test_unknown: median *; inconclusive: *measure both with --processes 5",
            "warning: *test_new: median *; nothing to compare with: *",
        ]
    )


def test_what_cannot_be_compared_fails_its_test_and_is_saved_all_the_same(pytester, session, base):
    pytester.makepyfile(test_it=TEST)
    path = pytester.path / "base.json"
    base(path, 1)
    path.write_text(path.read_text().replace('"call": "eager"', '"call": "native"'))
    options = ("--pytimer-save", "new", "--pytimer-compare", "base.json")
    done = session(*options)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "cannot be compared with *base.json: *call is native in base, eager in new*",
            "warning: *::test_tiny: median *; cannot be compared",
        ]
    )
    (saved,) = (pytester.path / "new").iterdir()
    assert len(pytimer.load(saved).samples) == 20
    saved.unlink()
    path.write_text("damaged")
    session(*options).assert_outcomes(failed=1)
    assert len(list((pytester.path / "new").iterdir())) == 1


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--pytimer-fail-above=5", "must be a fraction between 0 and 1, such as 5%, got 5"),
        ("--pytimer-compare=missing", "got nothing at *missing; write them with --pytimer-save"),
    ],
)
def test_an_option_that_cannot_be_carried_out_ends_the_session_first(
    pytester, session, option, message
):
    pytester.makepyfile(TEST)
    done = session(option)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: --pytimer-*{message}"])


def test_a_test_that_fails_says_why_itself(pytester, session):
    pytester.makepyfile(
        """
        def test_bound(pytimer):
            result = pytimer.throughput(lambda x: None, 3, batch_size=1, make_inputs=lambda n: n)
            assert result.items_per_s < 0, "too few"
        """
    )
    done = session()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*AssertionError: too few", "*::test_bound: * items/s"])


def test_it_refuses_to_measure_beside_other_workers(pytester, session, base):
    pytester.makepyfile(TEST, test_other="def test_other(): pass")
    refused = session("-n", "2")
    refused.assert_outcomes(passed=1, errors=1)
    refused.stdout.fnmatch_lines(["*pytimer measures alone, got 2 workers of pytest-xdist*"])
    base(pytester.path / "base.json", 1e-3)
    alone = session("-n", "1", "--pytimer-save", "results", "--pytimer-compare", "base.json")
    alone.assert_outcomes(passed=1, failed=1)
    alone.stdout.fnmatch_lines(["*::test_tiny: median *; regression: *"])
    assert len(list((pytester.path / "results").iterdir())) == 1


def test_it_works_beside_pytest_benchmark(pytester, session):
    pytester.makepyfile(
        """
        def test_both(pytimer, benchmark):
            assert pytimer.latency(lambda: None, (), repetitions=3, audit=False).median_s > 0
            assert benchmark(lambda: 7) == 7
        """
    )
    done = session()
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines_random(["*test_both: median *", "*benchmark: 1 tests*"])


def test_the_entry_point_and_the_option_give_one_plugin(pytester, session, monkeypatch):
    folder = pytester.mkdir("site")
    entry = folder / "elsewhere-1.0.dist-info"
    entry.mkdir()
    (entry / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (entry / "entry_points.txt").write_text(f"[pytest11]\n{PLUGIN} = {PLUGIN}\n")
    root = Path(pytimer.__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{folder}")
    pytester.makepyfile("def test_asks(pytimer): assert pytimer.latency")
    session().assert_outcomes(passed=1)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    pytester.makeconftest(f"pytest_plugins = ['{PLUGIN}']")
    session().assert_outcomes(passed=1)
    (entry / "entry_points.txt").write_text(f"[pytest11]\npytimer = {PLUGIN}\n")
    control = session()
    control.stderr.fnmatch_lines(["*Plugin already registered under a different name*"])


def test_the_entry_point_is_named_for_that():
    root = Path(pytimer.__file__).parents[1]
    assert f'"{PLUGIN}" = "{PLUGIN}"' in (root / "pyproject.toml").read_text()


def test_tests_have_files_of_their_own():
    ids = ["a.py::test[a-b]", "a.py::test[a.b]", "a.py::test[a b]", "x" * 300, "x" * 301]
    names = [file_name(node_id, number) for node_id in ids for number in (1, 2)]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 128
    assert file_name("tests/test_a.py::test_b", 1).startswith("tests-test_a.py-test_b-")
