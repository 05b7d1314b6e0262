import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

import pytimer
from pytimer.cli import main

MODEL = """
    import torch

    calls = 0

    def tiny():
        return torch.nn.Linear(4, 4)

    def raises_on_call_7():
        def model(x):
            global calls
            calls += 1
            if calls == 7:
                raise RuntimeError("seventh")
        return model

    def needs_much():
        return lambda x: torch.ones(len(x), 2**24)

    def no_model():
        return 3

    def breaks():
        raise RuntimeError("first line\\nsecond line")

    def exits():
        import sys
        sys.exit(3)

    def call_exits():
        def model(x):
            raise SystemExit(4)
        return model

    def speechless():
        class Speechless(Exception):
            def __str__(self):
                raise ValueError
        def model(x):
            raise Speechless
        return model
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "models.py"
    path.write_text(textwrap.dedent(MODEL))
    return lambda factory: f"{path}:{factory}"


def invoke(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


COMMANDS = ["run", "latency", "batch-size", "throughput", "sweep"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_defaults_units_and_an_example(command):
    text = invoke(command, "--help").output
    assert f"Example: pytimer {command} efficientnet-b0" in text
    assert "[default:" in text
    assert "--json FILE" in text


def test_help_fits_a_screen_and_nothing_of_it_is_cut_off():
    lines = invoke("--help").output.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines[1:] if line.endswith("...")]


def test_version():
    assert pytimer.__version__ in invoke("--version").output


def test_latency_prints_a_report(model):
    result = invoke("latency", model("tiny"), "--shape", "4", "--repetitions", 100)
    assert result.exit_code == 0
    assert re.search(r"\[(µs|ms|ns)\] +host time", result.stdout)
    assert "100 repetitions after 10 warm-up calls" in result.stdout
    assert result.stderr == ""


def test_run_measures_all_and_writes_each_stage(model, tmp_path, monkeypatch):
    path = tmp_path / "result.json"
    stages = []
    save = pytimer.save
    monkeypatch.setattr(pytimer, "save", lambda r, p: (stages.append(r), save(r, p)))
    result = invoke("run", model("tiny"), "--shape", "4", "--batches", 5, "--json", path)
    assert result.exit_code == 0, result.output
    for heading in ("Latency", "Batch size", "Throughput", "Environment", "Caveats"):
        assert heading in result.stdout
    assert "largest: 8, the largest that was allowed" in result.stdout
    assert "batch-size-capped" in result.stdout
    reached = [[s.latency, s.batch_size, s.sweep, s.throughput].count(None) for s in stages]
    assert reached == [3, 2, 1, 0, 0]  # the end says what could not be written
    assert pytimer.load(path) == stages[-1]


def test_batch_size_and_throughput(model, tmp_path):
    for command in ("batch-size", "throughput"):
        path = tmp_path / f"{command}.json"
        result = invoke(
            command, model("tiny"), "--shape", "4", "--max-batch-size", 4, "--json", path
        )
        assert result.exit_code == 0, result.output
        assert json.loads(path.read_text())["kind"] == command


def test_a_profile_writes_a_trace_and_shows_operators(model, tmp_path):
    path = str(tmp_path / "trace.json")
    done = invoke("profile", model("tiny"), "--shape", "4", "-o", path, "--repetitions", "2")
    assert done.exit_code == 0
    assert "aten::" in done.output
    assert json.loads(Path(path).read_text())["traceEvents"]


def test_an_export_can_be_measured_without_saying_its_shape(model, tmp_path):
    path, json_path = tmp_path / "tiny.pt2", tmp_path / "result.json"
    made = invoke("export", model("tiny"), "--shape", "4", "-o", path, "--dynamic-batch")
    assert made.exit_code == 0, made.output
    assert "outputs: equal" in made.stdout
    assert path.exists()
    result = invoke(
        "latency", path, "--batch-size", 3, "--reference", model("tiny"), "--json", json_path
    )
    assert result.exit_code == 0, result.output
    assert "tiny.pt2 · 3×4 float32 · cpu · aoti" in result.stdout
    assert "outputs: equal (against the reference" in result.stdout
    assert pytimer.load(json_path).equivalence.verdict == "equal"
    wrong = invoke("latency", path, "--shape", "5")
    assert wrong.exit_code == 2
    assert "was compiled for any×4 float32, got 1×5 float32" in wrong.stderr


def test_overhead_with_and_without_a_model(model, tmp_path):
    path = tmp_path / "result.json"
    alone = invoke("overhead", "--rounds", 6, "--json", path)
    assert alone.exit_code == 0, alone.output
    assert re.search(r"python loop +\d", alone.stdout)
    assert pytimer.load(path).ratios is None
    beside = invoke("overhead", model("tiny"), "--shape", "4", "--rounds", 6)
    assert beside.exit_code == 0, beside.output
    assert "python loop ÷ native loop: " in beside.stdout


def test_mistakes_prints_writes_and_draws(model, tmp_path):
    path, picture = tmp_path / "result.json", tmp_path / "mistakes.png"
    result = invoke(
        "mistakes", model("tiny"), "--shape", "4", "--repetitions", 40, "--rounds", 4,
        "--warm-up", 2, "--batch-sizes", "1,2", "--json", path, "--png", picture,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "40 samples of each way, interleaved in 4 rounds" in result.stdout
    assert "copy-in-timing: needs CUDA" in result.stdout
    assert re.search(r"device initialisation +needs CUDA\n", result.stdout)
    assert re.search(r"\d times the mean\n", result.stdout)
    assert pytimer.load(path)["no-warm-up"].factor > 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--png", "/no/such/folder/x.png"], "choose a folder that exists"),
        (["--json", "/no/such/folder/x.json"], "choose a folder that exists"),
        (["--batch-sizes", "3"], "at least two sizes"),
        (["--rounds", "0"], "rounds must be an integer"),
    ],
)
def test_mistakes_refuses_before_it_measures(model, options, message):
    result = invoke("mistakes", model("call_exits"), "--shape", "4", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_figure_without_matplotlib_is_refused_before_it_measures(model, monkeypatch):
    monkeypatch.setattr("pytimer.report.mistakes_figure.find_spec", lambda _: None)
    result = invoke("mistakes", model("call_exits"), "--shape", "4", "--png", "x.png")
    assert result.exit_code == 2
    assert "a figure needs matplotlib: pip install matplotlib" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["latency", "gone.pt2"], "no file at gone.pt2"),
        (["latency", "gone.pt2", "--pretrained"], "--pretrained is for the named models"),
        (["latency", "gone.pt", "--shape", "4"], "no file at gone.pt"),
        (["export", "efficientnet-b0", "-o", "model.so"], "path must end in .pt2"),
        (["profile", "efficientnet-b0", "-o", "trace.txt"], "path must end in .json or .json.gz"),
    ],
)
def test_files_that_are_not_there_are_one_line(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_class_in_a_file_reaches_the_worker(tmp_path):
    path = tmp_path / "only_here.py"
    path.write_text(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def forward(self, x): return helper(x)\n"
        "def helper(x): return x + 1\n"
        "def make(): return Net()\n"
    )
    result = invoke("batch-size", f"{path}:make", "--shape", "4", "--max-batch-size", 6)
    assert result.exit_code == 0, result.output
    assert "guided search in a worker process" in result.stdout
    assert "not-isolated" not in result.stdout


def test_batch_size_options(model):
    result = invoke(
        "batch-size", model("tiny"), "--shape", "4", "--max-batch-size", 30, "--no-isolate",
        "--multiple-of", 4, "--margin", "25%", "--max-seconds", 60, "--strategy", "binary",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "largest: 28, the largest that was allowed" in result.stdout
    assert "with a margin of 0.25: 20" in result.stdout
    assert "binary search, within" in result.stdout


def test_sweep(model, tmp_path):
    path = tmp_path / "sweep.json"
    result = invoke(
        "sweep", model("tiny"), "--shape", "4", "--batch-sizes", "1,2,8", "--max-latency", "20ms",
        "--percentile", 90, "--rounds", 2, "--seconds-per-size", 0.2, "--no-isolate",
        "--json", path,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "fastest with p90 ≤ 20.00 ms: 8" in result.stdout
    for answer in ("fastest: 8", "knee: 8"):
        assert answer in result.stdout
    loaded = pytimer.load(path)
    assert [point.batch_size for point in loaded.points] == [1, 2, 8]
    assert loaded.plan.max_latency_s == 0.02


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--max-latency", "20", "expected a duration with its unit"),
        ("--max-latency", "fastms", "expected a duration with its unit"),
        ("--batch-sizes", "1,x", "expected positive sizes"),
        ("--percentile", "100", "percentile must be a fraction"),
        ("--rounds", "0", "rounds must be an integer"),
    ],
)
def test_bad_options_of_a_sweep(model, option, value, message):
    result = invoke("sweep", model("tiny"), "--shape", "4", option, value)
    assert result.exit_code == 2
    assert message in result.stderr


def test_throughput_by_several_threads(model):
    result = invoke(
        "throughput", model("tiny"), "--shape", "4", "--batch-size", 2, "--concurrency", 2
    )
    assert result.exit_code == 0, result.output
    assert "pipelined, 2 threads" in result.stdout
    assert "times the work of one thread alone" in result.stdout


@pytest.mark.parametrize("command", ["latency", "throughput", "run"])
def test_a_stated_peak_gives_a_utilisation(model, command):
    options = {
        "latency": ["--repetitions", 5],
        "throughput": ["--batch-size", 3, "--batches", 5],
        "run": ["--repetitions", 5, "--batches", 5, "--max-batch-size", 2],
    }[command]
    common = [command, model("tiny"), "--shape", "4", *options]
    stated = invoke(*common, "--peak-flops", "2.5e12")
    assert stated.exit_code == 0, stated.output
    blocks = 2 if command == "run" else 1
    assert stated.stdout.count("% of 2.500 TFLOP/s (stated by you)") == blocks
    assert stated.stdout.count("Work  FLOP, not MAC") == blocks
    silent = invoke(*common, "--no-flop")
    assert silent.stdout.count("FLOP not available: not counted: it was switched off") == blocks
    refused = invoke(*common, "--peak-flops", "0")
    assert refused.exit_code == 2
    assert "peak_flop_per_s must be a positive number of FLOP/s" in refused.stderr


def test_all_modes_on_the_host_say_what_is_missing(model):
    result = invoke("latency", model("tiny"), "--shape", "4", "--mode", "all", "--repetitions", 20)
    assert result.exit_code == 0, result.output
    assert "queued: not measured: mode queued needs a CUDA device" in result.stdout
    assert "graph: not measured" in result.stdout


def test_all_modes_show_the_work_of_the_first(model):
    how = ["--mode", "all", "--repetitions", 20, "--peak-flops", "2.5e12"]
    result = invoke("latency", model("tiny"), "--shape", "4", *how)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("Work  isolated; FLOP, not MAC") == 1
    assert result.stdout.count("% of 2.500 TFLOP/s (stated by you)") == 1


@pytest.mark.parametrize(
    "option",
    [("--precision", "1%"), ("--rounds", "2"), ("--loop", "python")],
)
def test_an_option_that_would_be_left_aside_is_refused(model, option):
    result = invoke("latency", model("tiny"), "--shape", "4", "--mode", "all", *option)
    assert result.exit_code == 2
    assert f"--mode all does not take {option[0]}" in result.stderr


@pytest.mark.parametrize("precision", ["20%", "0.2"])
def test_a_precision_is_a_fraction_or_a_percentage(model, tmp_path, precision):
    path = tmp_path / "result.json"
    result = invoke(
        "latency", model("tiny"), "--shape", "4", "--precision", precision, "--json", path
    )
    assert result.exit_code == 0, result.output
    assert pytimer.load(path).plan.precision == 0.2
    bad = invoke("latency", model("tiny"), "--shape", "4", "--precision", "much")
    assert bad.exit_code == 2
    assert "expected a fraction or percentage" in bad.stderr


def test_ab_says_a_verdict(model, tmp_path):
    path = tmp_path / "ab.json"
    result = invoke(
        "ab", model("tiny"), model("tiny"), "--shape", "4", "--pairs", 50, "--json", path
    )
    assert result.exit_code == 0, result.output
    assert "50 pairs, isolated, in random order (seed 0)" in result.stdout
    assert re.search(r"(same|slower|faster|inconclusive)\n", result.stdout)
    assert pytimer.load(path).comparison.verdict in result.stdout
    assert invoke("ab", model("tiny"), model("nothing"), "--shape", "4").exit_code == 2


@pytest.mark.parametrize("loop", ["native", "python"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_loop_and_dtype_reach_the_measurement(model, loop, dtype):
    result = invoke(
        "latency", model("tiny"), "--shape", "4", "--loop", loop, "--dtype", dtype,
        "--batch-size", 3, "--warm-up", 1, "--repetitions", 2,
    )  # fmt: skip
    assert f"isolated, {loop} loop" in result.stdout
    assert f"3×4 {dtype}" in result.stdout


def test_efficientnet_by_name():
    result = invoke("latency", "efficientnet-b0", "--warm-up", 1, "--repetitions", 2)
    assert result.exit_code == 0, result.output
    assert "efficientnet-b0 · 1×3×224×224 float32 · cpu · eager" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["efficientnet-b9"], "unknown model 'efficientnet-b9'; did you mean efficientnet-b"),
        (["zzz"], "unknown model 'zzz'; known: efficientnet-b0"),
        (["no.such.module:factory"], "cannot import 'no.such.module'"),
        ([":"], "cannot import ''"),
        (["missing.py:factory"], "no Python file at missing.py"),
        (["efficientnet-b0", "--device", "gpu"], "expected a device such as cpu, cuda"),
        (["efficientnet-b0", "--device", "cuda:77"], "cuda:77 was asked for, but"),
        (["efficientnet-b0", "--repetitions", "0"], "repetitions must be an integer ≥ 1, got 0"),
        (["efficientnet-b0", "--repetitions", "-3"], "repetitions must be an integer ≥ 1, got -3"),
        (["efficientnet-b0", "--repetitions", "many"], "'many' is not a valid integer"),
        (["efficientnet-b0", "--shape", "3,x"], "expected positive sizes such as 3,224,224"),
        (["efficientnet-b0", "--shape", "3,0,1"], "expected positive sizes such as 3,224,224"),
        (["efficientnet-b0", "--batch-size", "0"], "batch_size must be an integer ≥ 1, got 0"),
        (["efficientnet-b0", "--shape", "5,224,224"], "1×5×224×224 float32: RuntimeError: Given"),
        (["no-model-was-made", "--json", "/no/such/folder/x.json"], "choose a folder that exists"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message):
    result = invoke("latency", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_factories_that_make_no_model_are_refused(model):
    assert "no function 'nothing'" in invoke("latency", model("nothing")).stderr
    assert "must return a callable" in invoke("latency", model("no_model")).stderr
    assert "needs inputs: give --shape" in invoke("latency", model("tiny")).stderr


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("breaks", "breaks() raised RuntimeError: first line second line"),
        ("exits", "exits() raised SystemExit: 3"),
        ("call_exits", "raised in warm-up call 1 of 10 on cpu with 1×4 float32: SystemExit: 4"),
        ("speechless", "Speechless: (its message raised ValueError)"),
    ],
)
@pytest.mark.parametrize("command", ["latency", "batch-size"])
def test_code_of_others_that_fails_is_one_line(model, command, factory, message):
    result = invoke(command, model(factory), "--shape", "4")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert command == "batch-size" or message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:", "SyntaxError"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("1 / 0", "ZeroDivisionError"),
        ("def make_inputs(b): raise KeyError('x')\ndef f(): return print", "KeyError: 'x'"),
        ("def f(): return 1", "must return a callable"),
    ],
)
def test_files_that_cannot_be_used_are_one_line(tmp_path, source, message):
    path = tmp_path / "broken.py"
    path.write_text(source)
    result = invoke("latency", f"{path}:f")
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shape", "99999999999999"], "cannot make inputs of"),
        (["--shape", "4", "--memory-limit", "nan"], "--memory-limit must be a positive number"),
        (["--shape", "4", "--memory-limit", "-1"], "--memory-limit must be a positive number"),
        (["--shape", "4", "--seed", "9" * 30], "is not in the range"),
        (["--shape", "4", "--max-batch-size", "0"], "max_batch_size must be an integer"),
    ],
)
def test_numbers_that_cannot_be_are_refused(model, arguments, message):
    result = invoke("batch-size", model("tiny"), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_model_that_raises_on_the_7th_repetition(model, tmp_path):
    path = tmp_path / "result.json"
    result = invoke(
        "latency", model("raises_on_call_7"), "--shape", "4", "--warm-up", 0, "--json", path
    )
    assert result.exit_code == 2
    assert "raised in repetition 7 of 300" in result.stderr
    assert "seventh" in result.stderr
    assert len(pytimer.load(path).samples) == 6
    assert "the model raised in repetition 7 of 300: 6 samples" in result.output


def test_batch_size_1_that_does_not_fit(model):
    result = invoke("batch-size", model("needs_much"), "--shape", "4", "--memory-limit", 1)
    assert result.exit_code == 2
    assert "does not fit on cpu at batch size 1" in result.stderr


def test_pretrained_weights_offline_end_with_one_line(monkeypatch):
    from urllib.error import URLError

    import torch.hub

    def offline(*_, **__):
        raise URLError("Name or service not known")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    monkeypatch.setattr("torch.utils.model_zoo.load_url", offline)
    monkeypatch.setattr("urllib.request.urlopen", offline)
    result = invoke("latency", "efficientnet-b0", "--pretrained")
    assert result.exit_code == 2
    assert "could not be fetched" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_file_that_makes_its_own_inputs(tmp_path):
    path = tmp_path / "words.py"
    path.write_text(
        "def make(): return lambda text: len(text)\n"
        "def make_inputs(batch_size): return ('x' * batch_size,)\n"
    )
    result = invoke("run", f"{path}:make", "--repetitions", 5, "--batches", 2)
    assert result.exit_code == 0, result.output


def test_interruption_is_one_line_and_exit_code_130(tmp_path):
    path = tmp_path / "slow.py"
    path.write_text("import time\ndef make(): return lambda x: time.sleep(0.05)\n")
    command = [sys.executable, "-m", "pytimer", "run", f"{path}:make", "--shape", "1"]
    json_path = tmp_path / "result.json"
    process = subprocess.Popen(
        [*command, "--repetitions", "20", "--batches", "1000", "--json", str(json_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that puts the tests into the background has SIGINT ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not json_path.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert "Latency" in out  # what was finished is shown
    assert pytimer.load(json_path).latency is not None


def interrupted(tmp_path, command, *options, when):
    """(exit code, stdout, stderr, JSON) of a command that gets Ctrl-C once `when` was printed."""
    path = tmp_path / "slow.py"
    path.write_text("import time\ndef make(): return lambda x: time.sleep(0.05 * len(x))\n")
    json_path = tmp_path / "result.json"
    arguments = [f"{path}:make", "--shape", "1", "--no-isolate", "--json", str(json_path)]
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytimer", command, *arguments, *options],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(theirs)
    said = b""
    while when not in said.decode(errors="replace"):
        said += os.read(ours, 4096)
    os.kill(process.pid, signal.SIGINT)
    with suppress(OSError):  # the terminal is gone with the last who writes to it
        while True:
            said += os.read(ours, 4096)
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, out, said.decode(errors="replace"), json_path


def test_an_interrupted_search_shows_and_writes_what_it_knows(tmp_path):
    code, out, err, path = interrupted(
        tmp_path, "batch-size", "--strategy", "sequential", when=" 3 fits"
    )
    assert code == 130
    assert "the search was interrupted" in out
    assert re.search(r"\b2 fits +[\d.]+ MiB +[\d.]+ s", err)  # a line for each probe
    found = pytimer.load(path)
    assert found.limit == "interrupted"
    assert found.max_batch_size >= 3


def test_an_interrupted_sweep_shows_and_writes_what_it_knows(tmp_path):
    code, out, _, path = interrupted(
        tmp_path, "sweep", "--batch-sizes", "1,2", "--rounds", "9", when="round 3 of 9"
    )
    assert code == 130
    assert "fastest:" in out
    assert len(pytimer.load(path).measured[0].blocks) >= 2


def test_progress_goes_to_a_terminal_only(tmp_path):
    import pty

    path = tmp_path / "slow.py"
    path.write_text("import time\ndef make(): return lambda x: time.sleep(0.01)\n")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytimer", "latency", f"{path}:make", "--shape", "1"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"300/300" in seen
    assert b"median so far" in seen
    assert b"median so far" not in out
    assert b"\x1b[" not in out
