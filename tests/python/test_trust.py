"""What a file of a model may run: machine code if it is a package, Python only with --trust."""

import json
import os
import pickle
import warnings
import zipfile

import click
import pytest
import torch
from click.testing import CliRunner

import pytimer
from pytimer.cli import main
from pytimer.models import make_model

QUICK = ("--repetitions", "5", "--warm-up", "1", "--no-audit", "--no-flop", "--device", "cpu")
UNTRUSTED = "was saved by pickle, which can run any code: pass --trust if you trust where it comes"


class MakesAFolder:
    """Unpickling it runs os.mkdir: what any other code could be."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def save_as_archive(value, path):
    torch.save(value, path)


def save_as_before_archives(value, path):
    torch.save(value, path, _use_new_zipfile_serialization=False)


def save_as_plain_pickle(value, path):
    path.write_bytes(pickle.dumps(value))


WAYS = [save_as_archive, save_as_before_archives, save_as_plain_pickle]


@pytest.fixture
def mark(tmp_path):
    """The folder that is there once something was unpickled."""
    return tmp_path / "was-run"


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def linear():
    torch.manual_seed(3)
    return torch.nn.Linear(4, 2)


@pytest.mark.parametrize("save", WAYS)
def test_a_pickle_is_not_unpickled_unless_it_is_trusted(save, mark, tmp_path):
    path = tmp_path / "model.pt"
    save(MakesAFolder(mark), path)
    for open_it in (
        lambda: pytimer.open_model(path),
        lambda: pytimer.measure_latency(path, torch.ones(1, 4)),
        lambda: make_model(str(path)) and pytimer.ab(path, path, torch.ones(1, 4)),
        lambda: pytimer.measure_latency(
            torch.nn.Identity(), torch.ones(1, 4), reference=path, repetitions=1
        ),
    ):
        with pytest.raises(pytimer.ModelError, match=UNTRUSTED):
            open_it()
    assert not mark.exists()


@pytest.mark.parametrize("save", [save_as_archive, save_as_before_archives])
def test_the_same_pickle_runs_when_it_is_trusted(save, mark, tmp_path):
    """Without this the refusal above would show nothing."""
    path = tmp_path / "model.pt"
    save(MakesAFolder(mark), path)
    with pytest.raises(pytimer.ModelError, match="holds a NoneType, expected a module"):
        pytimer.open_model(path, trust=True)
    assert mark.is_dir()


@pytest.mark.parametrize("name", ["model.pt", "model.ts"])
def test_the_command_refuses_a_pickle_in_one_line(name, mark, tmp_path):
    path = tmp_path / name
    torch.save(MakesAFolder(mark), path)
    result = invoke("latency", path, "--shape", "4", *QUICK)
    (line,) = result.stderr.strip().splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{path} {UNTRUSTED}" in line
    assert not mark.exists()


@pytest.mark.parametrize("save", [save_as_archive, save_as_before_archives])
def test_a_trusted_module_computes_what_it_computed_when_it_was_saved(save, tmp_path):
    path = tmp_path / "model.pt"
    save(linear(), path)
    x = torch.arange(8.0).reshape(2, 4)
    opened = pytimer.open_model(path, trust=True)
    assert torch.equal(opened(x), linear()(x))
    assert not torch.equal(opened(x), torch.nn.Linear(4, 2)(x))


def test_a_trusted_module_is_measured_as_any_callable(tmp_path):
    path = tmp_path / "model.pt"
    torch.save(linear(), path)
    stored = tmp_path / "result.json"
    result = invoke("latency", path, "--trust", "--shape", "4", *QUICK, "--json", stored)
    assert result.exit_code == 0, result.stderr
    subject = pytimer.load(stored).subject
    assert (subject.model, subject.call) == ("model.pt", "eager")


def test_both_models_of_a_command_are_trusted_or_neither(tmp_path):
    path = tmp_path / "model.pt"
    torch.save(linear(), path)
    few = ("--shape", "4", "--pairs", "5", "--warm-up", "1", "--device", "cpu")
    assert invoke("ab", path, path, "--trust", *few).exit_code == 0
    assert UNTRUSTED in invoke("ab", path, path, *few).stderr
    reference = ("--reference", path, "--shape", "4", *QUICK)
    assert invoke("latency", path, "--trust", *reference).exit_code == 0


def test_every_command_that_takes_a_model_can_trust_it():
    takes_model = {
        name
        for name, command in main.commands.items()
        if any(
            isinstance(one, click.Argument) and (one.name or "").startswith("model")
            for one in command.params
        )
    }
    assert {"ab", "latency", "run", "export", "profile", "mistakes"} <= takes_model
    for name in takes_model:
        assert any("--trust" in option.opts for option in main.commands[name].params), name


def test_weights_without_a_model_are_refused_even_if_trusted(tmp_path):
    path = tmp_path / "model.pt"
    torch.save(linear().state_dict(), path)
    with pytest.raises(pytimer.ModelError, match="holds a OrderedDict, expected a module"):
        pytimer.open_model(path, trust=True)


def test_a_class_that_is_not_there_is_one_line(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(b"\x80\x02cno_such_module\nNet\n.")
    with pytest.raises(
        pytimer.ModelError, match=r"cannot be unpickled \(.*set PYTHONPATH"
    ) as error:
        pytimer.open_model(path, trust=True)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("trust", [False, True])
@pytest.mark.parametrize("part", ["data.pkl", "constants.pkl"])
def test_a_pickle_in_a_torchscript_archive_runs_nothing(part, trust, mark, tmp_path):
    """torch reads those pickles by itself, and knows no Python functions then."""
    path, good = tmp_path / "model.ts", tmp_path / "good.ts"
    with warnings.catch_warnings(action="ignore"):  # of deprecation
        torch.jit.save(torch.jit.trace(linear(), torch.ones(1, 4)), good)
    assert pytimer.open_model(good, trust=trust) is not None
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            is_part = name.endswith(f"/{part}")
            content = pickle.dumps(MakesAFolder(mark), 2) if is_part else source.read(name)
            target.writestr(name, content)
    with pytest.raises(pytimer.ModelError, match=r"is no TorchScript module.*posix\.mkdir"):
        pytimer.open_model(path, trust=trust)
    assert not mark.exists()


@pytest.mark.parametrize("trust", [(), ("--trust",)])
def test_weights_of_a_checkpoint_run_nothing_even_if_trusted(trust, mark, tmp_path):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = {"model_type": "bert", "intermediate_size": 8, "vocab_size": 16, **sizes}
    (folder / "config.json").write_text(json.dumps(config))
    torch.save(MakesAFolder(mark), folder / "pytorch_model.bin")
    result = invoke("latency", f"transformers:{folder}", "--pretrained", *trust, *QUICK)
    assert result.exit_code == 2
    assert "could not be fetched" in result.stderr
    assert not mark.exists()


@pytest.mark.parametrize("trust", [(), ("--trust",)])
def test_code_of_a_checkpoint_is_never_run(trust, mark, tmp_path):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    theirs = {"AutoConfig": "theirs.Config", "AutoModel": "theirs.Model"}
    (folder / "config.json").write_text(json.dumps({"model_type": "theirs", "auto_map": theirs}))
    (folder / "theirs.py").write_text(f"import os\nos.mkdir({str(mark)!r})\n")
    result = invoke("latency", f"transformers:{folder}", *trust, *QUICK)
    assert result.exit_code == 2
    assert "code that comes with a checkpoint is never run" in result.stderr
    assert not mark.exists()
