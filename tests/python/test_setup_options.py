"""The options that set a model up: read once, by every command that measures."""

import textwrap

import pytest
from click.testing import CliRunner

import pytimer
from pytimer import Setup
from pytimer.cli import main

MODEL = """
    import torch

    def tiny():
        return torch.nn.Conv2d(3, 4, 3)
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "models.py"
    path.write_text(textwrap.dedent(MODEL))
    return f"{path}:tiny"


def invoke(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


SHORT = {
    "latency": ["--repetitions", 3, "--warm-up", 1],
    "run": ["--repetitions", 3, "--max-batch-size", 1, "--batches", 2, "--no-isolate"],
    "throughput": ["--batch-size", 2, "--batches", 2],
    "sweep": ["--batch-sizes", "1,2", "--rounds", 1, "--no-isolate"],
    "batch-size": ["--max-batch-size", 1, "--no-isolate"],
    "overhead": ["--rounds", 6],
}


def subject_of(result):
    return result.latency.subject if isinstance(result, pytimer.RunResult) else result.subject


@pytest.mark.parametrize("command", SHORT)
def test_every_command_sets_the_model_up(command, model, tmp_path):
    path = tmp_path / "result.json"
    how = ["--amp", "bfloat16", "--channels-last", "--threads", 1, "--grad-mode", "no_grad"]
    arguments = [model, "--shape", "3,8,8", *SHORT[command], *how, "--json", path]
    result = invoke(command, *arguments)
    assert result.exit_code == 0, result.output
    assert subject_of(pytimer.load(path)).setup == Setup(
        amp="bfloat16", channels_last=True, threads=1, grad_mode="no_grad"
    )
    assert " · amp bfloat16 · channels-last · no_grad · 1 thread" in " ".join(result.output.split())


def test_both_models_of_a_pair_are_set_up(model, tmp_path):
    path = tmp_path / "result.json"
    result = invoke(
        "ab", model, model, "--shape", "3,8,8", "--pairs", 3, "--threads", 1, "--json", path
    )
    assert result.exit_code == 0, result.output
    stored = pytimer.load(path)
    assert stored.a.setup == stored.b.setup == Setup(threads=1)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (["--shape", "3,8,8", "--threads", 0], "pytimer: threads must be an integer ≥ 1, got 0"),
        (
            ["--shape", "3,8,8", "--compile", "--call", "aoti"],
            "pytimer: call aoti compiles the model in its own way",
        ),
        (["--shape", "3", "--channels-last"], "pytimer: channels_last needs a 4-d tensor"),
    ],
)
def test_what_cannot_be_set_up_is_one_line(option, text, model):
    result = invoke("latency", model, *option)
    assert result.exit_code == 2
    assert result.stderr.startswith(text)
    assert result.stderr.count("\n") == 1


def test_amp_alone_takes_the_type_of_the_device(model):
    result = invoke("latency", model, "--shape", "3,8,8", "--repetitions", 3, "--amp")
    assert result.exit_code == 0, result.output
    assert "· amp bfloat16" in " ".join(result.output.split())


def test_compile_alone_takes_the_default_mode(model, monkeypatch):
    asked = []
    monkeypatch.setattr("torch.compile", lambda model, **how: asked.append(how) or model)
    result = invoke("latency", model, "--shape", "3,8,8", "--repetitions", 3, "--compile")
    assert result.exit_code == 0, result.output
    assert asked == [{"mode": "default", "dynamic": False}]


def test_an_export_is_not_set_up(model):
    result = invoke("export", model, "-o", "model.pt2", "--channels-last")
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def test_without_a_model_there_is_nothing_to_set_up():
    result = invoke("overhead", "--device", "cpu", "--threads", 1)
    assert result.exit_code == 2
    assert "setup go with a model" in result.stderr
