"""Commands with options and values that nobody should type."""

from contextlib import ExitStack, chdir, contextmanager
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

import pytimer
from pytimer.cli import main
from pytimer.cli.job import INTERNAL_ERROR

from .depth import fuzzed
from .mutation import STRINGS, as_text
from .result_documents import documents

MEASURED_IN = (
    "batch_size",
    "curve",
    "exporting",
    "latency",
    "main_job",
    "mistakes.measuring",
    "modes",
    "overhead",
    "pairs",
    "profiling",
    "serving.measuring",
    "throughput",
)
"""Where `prepared` comes after the plan: there a stub ends the command."""

MODEL = "import torch\ndef tiny(): return torch.nn.Linear(4, 4)\ndef bad(): raise ValueError\n"

NUMBERS = (
    "0", "1", "2", "-1", "300", "1e9", "9" * 30, "9" * 5000, "0.5", "1e400", "-1e400", "nan", "inf",
    "-inf", "1e-400", "٣", "1_000", "0x10", "5%", "-5%", "nan%", "%", "1e400%", "20ms", "-1s",
    "nanms", "1e400s", "ms", "s", "1,2,4", "1,", ",", "1,1", "0,1", "50,100", "1e3,inf", "auto",
    "AUTO",
)  # fmt: skip

SHAPES = (
    "4", "4,4", "x=4", "x=4:int64", "=4", "4:", ":", "=", "x==4", "1x=4", "é=4", "4:float9",
    ":bool", "-4", "0", "9" * 30, "1,,2", "x=:bool", "class=4",
)  # fmt: skip


PATHS = (
    "{}/models.py:tiny", "{}/models.py:tiny", "{}/models.py:tiny", "{}/models.py:bad",
    "{}/models.py:gone", "{}/models.py:", "{}/gone.py:tiny", "{}/gone.pt2", "{}/models.py", "{}",
    "", "{}/latency.json", "{}/sweep.json", "{}/comparison.json", "{}/text.json", "{}/gone.json",
    "{}/timed.py", "{}/out.json", "{}/out.pt2", "{}/out.json.gz", "{}/no/such/out.json",
    "{}/\udcff.json", "{}/\udcff.py:tiny", "{}/\0.json", "\0:x", "/dev/null", "-", "..",
    "x" * 300, "x" * 300 + ".py:f",
    "x" * 300 + ".pt2", "transformers:" + "x" * 300,
    "efficientnet-b9", "timm:", "timm:gone", "torchvision:gone", "transformers:gone", "os:getcwd",
    ".:x", ":", "a..b:c",
)  # fmt: skip


def values_of(parameter):
    """Texts for an option or an argument: mostly nearly right."""
    fitting = list(STRINGS)
    if isinstance(parameter.type, click.Choice):
        fitting = [*map(str, parameter.type.choices)] * 3
    elif isinstance(parameter, click.Argument) or isinstance(parameter.type, click.Path):
        fitting = list(PATHS)
    elif parameter.name == "shape":
        fitting = list(SHAPES)
    elif parameter.name == "device":
        fitting = ["cpu", "cuda", "cuda:0", "cpu:1", "xpu:9", "cuda:-1", "mps", "meta", "tpu"]
    elif parameter.name in ("select", "ignore"):
        fitting = ["PT001", "pt001,PT007", "PT999", "PT001 PT002"]
    else:
        fitting = list(NUMBERS)
    return st.one_of(*[st.sampled_from(fitting)] * 4, st.sampled_from(STRINGS), st.text(max_size=8))


@st.composite
def command_lines(draw):
    name = draw(st.sampled_from(sorted(main.commands)))
    words = [name]
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Argument):
            words.append(draw(values_of(parameter)))
        elif parameter.required or draw(st.integers(0, 5)) == 0:
            words.append(draw(st.sampled_from([*parameter.opts, *parameter.secondary_opts])))
            if not parameter.is_flag:
                words.append(draw(values_of(parameter)))
    return words + draw(st.lists(st.sampled_from(["--", "--x", "-h", "", "\udcff"]), max_size=1))


@st.composite
def small_measurements(draw):
    """Commands that measure a tiny model for a moment, or refuse to."""
    few = st.integers(1, 12).map(str)
    words = ["latency", "{}/models.py:tiny", "--shape", "4", "--repetitions", draw(few)]
    for option, values in {
        "--warm-up": few,
        "--rounds": few,
        "--batch-size": few,
        "--mode": st.sampled_from(["isolated", "queued", "pipelined", "graph", "all"]),
        "--loop": st.sampled_from(["native", "python"]),
        "--max-seconds": st.sampled_from(["1e-9", "0.1"]),
        "--json": st.just("{}/measured.json"),
    }.items():
        if draw(st.booleans()):
            words += [option, draw(values)]
    return words


@contextmanager
def nothing_measured():
    """Each command is carried out up to its measurement, which ends it with a ModelError."""

    def reached(*_, **__):
        raise pytimer.ModelError("the measurement was reached")

    places = [f"pytimer.{module}.prepared" for module in MEASURED_IN]
    with ExitStack() as stack:
        for place in (*places, "pytimer.measure_in_processes", "pytimer.selftest"):
            stack.enter_context(patch(place, reached))
        yield


def invoked(folder, words):
    with chdir(folder / "here"):
        return CliRunner().invoke(main, [word.replace("{}", str(folder)) for word in words])


def ended_well(done, words):
    """Whether the command knew what it did: no error of ours, one line about any other."""
    if done.exit_code not in (0, 1, 2, 3) or not isinstance(done.exception, SystemExit | None):
        return False
    lines = done.stderr.splitlines()
    if {"-v", "--verbose"} & {*words}:  # the one way to ask for a traceback
        lines = lines[-1:]
    of_ours = [line for line in lines if line.startswith("pytimer: ")]
    by_click = [line for line in lines if line.startswith("Error: ")]
    said = len(of_ours) == len(lines) or len(by_click) == 1
    return said and "please report it" not in done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    (folder / "here").mkdir()
    (folder / "models.py").write_text(MODEL)
    for name in ("latency", "sweep", "comparison"):
        (folder / f"{name}.json").write_bytes(as_text(documents()[name]))
    (folder / "text.json").write_text("no result")
    (folder / "timed.py").write_text("import time\nimport torch\n")
    return folder


@fuzzed(usual=100, deep=2500, words=command_lines())
def test_a_command_ends_with_its_work_done_or_one_line(folder, words):
    with nothing_measured():
        done = invoked(folder, words)
    assert ended_well(done, words), (done.exit_code, done.stderr, done.exception)


@fuzzed(usual=6, deep=60, words=small_measurements())
def test_a_small_measurement_ends_well(folder, words):
    done = invoked(folder, words)
    assert ended_well(done, words), (done.exit_code, done.stderr, done.exception)


def test_an_error_of_pytimer_itself_is_no_good_end(folder):
    """A control arm: it is one line too, and must not satisfy these tests."""
    words = ["latency", "{}/models.py:tiny", "--shape", "4"]
    with patch("pytimer.measure_latency", lambda *_, **__: 1 / 0):
        done = invoked(folder, words)
    assert done.exit_code == INTERNAL_ERROR
    assert not ended_well(done, words)
