"""Models by name, and what they are called with."""

import io
import json
import logging
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
import torch
import transformers
from click.testing import CliRunner

import pytimer
from pytimer.cli import main
from pytimer.cli.inputs import inputs_of
from pytimer.cli.options import item_tensor
from pytimer.items import ItemTensor, make_batch
from pytimer.models import NamedModel, make_model
from pytimer.models.packages import imported, making

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
NO_NETWORK = OSError("Name or service not known")


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def one_line(result):
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    return line


# What --shape says.


@pytest.mark.parametrize(
    ("text", "tensor"),
    [
        ("3,224,224", ItemTensor((3, 224, 224))),
        ("3,224,224:float16", ItemTensor((3, 224, 224), dtype="float16")),
        ("input_ids=128:int64", ItemTensor((128,), "input_ids", "int64")),
        ("lengths=:int64", ItemTensor((), "lengths", "int64")),
        (":bool", ItemTensor((), dtype="bool")),
        ("scale=", ItemTensor((), "scale")),
    ],
)
def test_shape_is_read_as_name_sizes_and_dtype(text, tensor):
    assert item_tensor(text) == tensor


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected positive sizes such as 3,224,224, got ''"),
        ("3,-1", "expected positive sizes such as 3,224,224, got '3,-1'"),
        ("x=3,y", "expected positive sizes such as 3,224,224, got '3,y'"),
        ("3:int63", "uint8, bool, got 'int63'"),
        ("3:", "uint8, bool, got ''"),
        ("=3", "expected a keyword such as input_ids=128:int64, got '=3'"),
        ("a b=3", "expected a keyword such as input_ids=128:int64, got 'a b=3'"),
    ],
)
def test_a_shape_that_cannot_be_read_is_refused(text, message):
    with pytest.raises(click.BadParameter, match=re.escape(message)):
        item_tensor(text)


def test_a_batch_is_positional_or_by_keyword():
    by_position = make_batch([ItemTensor((4,)), ItemTensor((), dtype="int64")], 3, "float16")
    assert [(t.shape, t.dtype) for t in by_position] == [
        ((3, 4), torch.float16),
        ((3,), torch.int64),
    ]
    by_name = make_batch([ItemTensor((4,), "x", "bool"), ItemTensor((), "y")], 2, "float64")
    assert {k: (v.shape, v.dtype) for k, v in by_name.items()} == {
        "x": ((2, 4), torch.bool),
        "y": ((2,), torch.float64),
    }


def test_integers_cover_their_range_and_no_more():
    def drawn(**bounds):
        (tensor,) = make_batch([ItemTensor((500,), dtype="int64", **bounds)], 4, "float32")
        return set(tensor.flatten().tolist())

    assert drawn() == {0, 1}
    assert drawn(below=5) == {0, 1, 2, 3, 4}
    assert drawn(at_least=1) == {1}


def test_items_that_are_not_stacked_are_one_list():
    (images,) = make_batch([ItemTensor((3, 8, 9), stacked=False)], 2, "float32")
    assert type(images) is list
    assert [image.shape for image in images] == [(3, 8, 9), (3, 8, 9)]


@pytest.mark.parametrize(
    ("names", "message"),
    [((None, "x"), "by position or by name, got both"), (("x", "x"), "got x twice")],
)
def test_names_that_do_not_go_together_are_refused(names, message):
    with pytest.raises(pytimer.PlanError, match=message):
        make_batch([ItemTensor((1,), name) for name in names], 1, "float32")


# Which of the three says what a model is called with.


def options(*shapes, dtype="float32"):
    return {"shape": tuple(map(item_tensor, shapes)), "dtype": dtype}


def test_shape_comes_before_make_inputs_and_that_before_the_models_own():
    own = NamedModel("own", torch.nn.Identity(), (ItemTensor((7,)),))
    both = NamedModel("both", torch.nn.Identity(), own.takes, lambda size: torch.ones(size, 5))
    (own_inputs,), none = inputs_of("m", own, 2, options())
    assert own_inputs.shape == (2, 7)
    assert none is None
    beside, make = inputs_of("m", both, 2, options())
    assert beside.shape == (2, 5)
    assert make is both.make_inputs
    (asked,), none = inputs_of("m", both, 2, options("3"))
    assert asked.shape == (2, 3)
    assert none is None


def test_dtype_is_of_the_tensors_that_name_none():
    tokens = ItemTensor((4,), "ids", "int64")
    named = NamedModel("m", torch.nn.Identity(), (tokens, ItemTensor((4,), "x")))
    inputs, _ = inputs_of("m", named, 1, options(dtype="bfloat16"))
    assert inputs["ids"].dtype == torch.int64
    assert inputs["x"].dtype == torch.bfloat16


def test_a_list_of_items_is_made_anew_for_another_batch_size():
    images = NamedModel("m", len, (ItemTensor((3, 8, 8), stacked=False),))
    (two,), make = inputs_of("m", images, 2, options())
    assert len(two) == 2
    assert len(make(5)[0]) == 5


# Packages.


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("timm:resnet18", "timm"),
        ("torchvision:resnet18", "torchvision"),
        ("transformers:bert", "transformers"),
        ("efficientnet-b0", "efficientnet-pytorch"),
    ],
)
def test_a_missing_package_is_one_line_with_the_command(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    monkeypatch.setitem(sys.modules, f"{package}.models", None)
    line = one_line(invoke("latency", name))
    assert line == f"pytimer: {name} needs the package {package}: pip install {package}"


def test_a_package_that_lacks_another_names_that_one(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import some_dependency")
    (tmp_path / "broken_there.py").write_text("raise RuntimeError('operator does not exist')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(pytimer.ModelError, match="pip install some-dependency"):
        imported("half_there", "m")
    with pytest.raises(pytimer.ModelError, match=r"operator does not exist.* fits torch"):
        imported("broken_there", "m")


def test_what_libraries_log_is_left_to_the_error(caplog):
    log = logging.getLogger("huggingface_hub.file_download")
    with making("m", pretrained=True):
        log.warning("Retrying in 8s")
    assert caplog.text == ""
    log.warning("Retrying in 8s")
    assert "Retrying" in caplog.text


def test_weights_are_loaded_as_data_alone(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(SimpleNamespace(), path)
    load = {"weights_only": False}
    assert torch.load(path, **load) == SimpleNamespace()
    with (
        pytest.raises(pytimer.ModelError, match=r"weights of m could not be fetched.*Weights only"),
        making("m", pretrained=True),
    ):
        torch.load(path, **load)
    assert torch.load(path, **load) == SimpleNamespace()


# timm and torchvision, played by modules with their functions.


class Recorder(torch.nn.Linear):
    """A model that remembers what it was made with."""

    def __init__(self, made_with):
        super().__init__(2, 2)
        self.made_with = made_with


@pytest.fixture
def timm(monkeypatch):
    def create_model(name, *, pretrained):
        if pretrained:
            raise NO_NETWORK
        model = Recorder(name)
        model.pretrained_cfg = {"input_size": (3, 160, 192)}
        return model

    names = ["resnet18", "resnet18d", "resnet34", "vit_tiny"]
    module = SimpleNamespace(
        create_model=create_model,
        list_models=lambda: names,
        is_model=lambda name: name.partition(".")[0] in names,
        models=SimpleNamespace(is_model_pretrained=lambda name: name != "vit_tiny"),
    )
    monkeypatch.setitem(sys.modules, "timm", module)


def test_timm_takes_the_image_of_its_configuration(timm):
    named = make_model("timm:resnet18.a1_in1k")
    assert named.name == "timm:resnet18.a1_in1k"
    assert named.model.made_with == "resnet18.a1_in1k"
    assert named.takes == (ItemTensor((3, 160, 192)),)


def test_timm_errors_say_what_to_do(timm):
    near = one_line(invoke("latency", "timm:resnet19.a1"))
    assert re.search("unknown model .*; did you mean resnet18, resnet18d, resnet34$", near)
    offline = one_line(invoke("latency", "timm:resnet18", "--pretrained"))
    assert "could not be fetched (OSError: Name or service not known); connect" in offline
    none = one_line(invoke("latency", "timm:vit_tiny", "--pretrained"))
    assert "no pretrained weights for vit_tiny; leave --pretrained out" in none


def test_the_seed_decides_random_weights(timm):
    first, again, other = (make_model("timm:resnet18", seed=s).model.weight for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def builder(task, has_backbone=False):
    def build(*, weights=None, progress=True):
        return made(weights, "absent")

    def build_on_backbone(*, weights=None, progress=True, weights_backbone="fetched"):
        return made(weights, weights_backbone)

    def made(weights, backbone):
        if weights is not None:
            raise NO_NETWORK
        model = Recorder(backbone)
        model.transform = SimpleNamespace(min_size=(640, 800))
        return model

    chosen = build_on_backbone if has_backbone else build
    chosen.__module__ = f"torchvision.models.{task}"
    return chosen


BUILDERS = {
    "resnet18": builder("resnet"),
    "inception_v3": builder("inception"),
    "r3d_18": builder("video.resnet"),
    "fcn_resnet50": builder("segmentation.fcn", has_backbone=True),
    "fasterrcnn": builder("detection.faster_rcnn", has_backbone=True),
    "raft_small": builder("optical_flow.raft"),
    "quantized_resnet18": builder("quantization.resnet"),
}


@pytest.fixture
def torchvision(monkeypatch):
    crops = {"resnet18": 224, "inception_v3": 299, "r3d_18": (112, 96)}

    def get_model_weights(name):
        keywords = {"crop_size": crops[name]} if name in crops else {}
        return SimpleNamespace(
            DEFAULT=SimpleNamespace(transforms=SimpleNamespace(keywords=keywords))
        )

    module = SimpleNamespace(
        list_models=lambda: list(BUILDERS),
        get_model_builder=BUILDERS.get,
        get_model_weights=get_model_weights,
    )
    monkeypatch.setitem(sys.modules, "torchvision.models", module)


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("resnet18", [ItemTensor((3, 224, 224))]),
        ("inception_v3", [ItemTensor((3, 299, 299))]),
        ("r3d_18", [ItemTensor((3, 16, 112, 96))]),
        ("fcn_resnet50", [ItemTensor((3, 520, 520))]),
        ("fasterrcnn", [ItemTensor((3, 800, 800), stacked=False)]),
        ("raft_small", [ItemTensor((3, 520, 960)), ItemTensor((3, 520, 960))]),
    ],
)
def test_torchvision_takes_what_its_task_does(torchvision, name, takes):
    assert list(make_model(f"torchvision:{name}").takes) == takes


def test_no_weights_of_a_backbone_are_fetched(torchvision):
    assert BUILDERS["fcn_resnet50"]().made_with == "fetched"
    assert make_model("torchvision:fcn_resnet50").model.made_with is None


def test_torchvision_errors_say_what_to_do(torchvision):
    near = one_line(invoke("latency", "torchvision:resnet19"))
    assert "did you mean resnet18, " in near
    offline = one_line(invoke("latency", "torchvision:resnet18", "--pretrained"))
    assert "weights of torchvision:resnet18 could not be fetched (OSError" in offline
    quantized = one_line(invoke("latency", "torchvision:quantized_resnet18"))
    assert "measure torchvision:resnet18, or name a factory" in quantized


# transformers, by small configurations.

SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
SMALL_PAIR = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
}


def text(tokens, below, name="input_ids"):
    return ItemTensor((tokens,), name, "int64", below=below)


def mask(tokens):
    return ItemTensor((tokens,), "attention_mask", "int64", at_least=1)


@pytest.mark.parametrize(
    ("config", "takes"),
    [
        (
            transformers.BertConfig(**SMALL, vocab_size=50, max_position_embeddings=40),
            (text(40, 50), mask(40)),
        ),
        (
            transformers.BertConfig(**SMALL, vocab_size=50, max_position_embeddings=300),
            (text(128, 50), mask(128)),
        ),
        (
            transformers.BartConfig(**SMALL_PAIR, vocab_size=60),
            (text(128, 60), mask(128), text(128, 60, "decoder_input_ids")),
        ),
        (
            transformers.ViTConfig(**SMALL, image_size=32, patch_size=16, num_channels=1),
            (ItemTensor((1, 32, 32), "pixel_values"),),
        ),
        (
            transformers.VideoMAEConfig(**SMALL, image_size=32, num_frames=4),
            (ItemTensor((4, 3, 32, 32), "pixel_values"),),
        ),
        (
            transformers.Wav2Vec2Config(**SMALL, num_conv_pos_embeddings=4),
            (ItemTensor((16000,), "input_values"),),
        ),
        (
            transformers.ASTConfig(**SMALL, max_length=48, num_mel_bins=32),
            (ItemTensor((48, 32), "input_values"),),
        ),
        (
            transformers.WhisperConfig(
                **SMALL_PAIR, vocab_size=60, num_mel_bins=20, max_source_positions=30,
                pad_token_id=1, bos_token_id=1, eos_token_id=1, decoder_start_token_id=1,
            ),
            (ItemTensor((20, 60), "input_features"), text(128, 60, "decoder_input_ids")),
        ),
        (
            transformers.CLIPConfig(
                text_config={**SMALL, "vocab_size": 70, "max_position_embeddings": 12,
                             "bos_token_id": 1, "eos_token_id": 2},
                vision_config={**SMALL, "image_size": 32, "patch_size": 16},
            ),
            (text(12, 70), ItemTensor((3, 32, 32), "pixel_values"), mask(12)),
        ),
    ],
    ids=lambda value: getattr(value, "model_type", ""),
)  # fmt: skip
def test_transformers_take_what_their_configuration_says(config, takes, tmp_path):
    config.save_pretrained(tmp_path)
    named = make_model(f"transformers:{tmp_path}")
    assert named.takes == takes
    with torch.inference_mode():
        named.model.eval()(**make_batch(named.takes, 2, "float32"))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (transformers.SegformerConfig(), "give --shape pixel_values=3,224,224"),
        (
            transformers.LlavaConfig(
                text_config=transformers.LlamaConfig(**SMALL, vocab_size=32064),
                vision_config={**SMALL, "model_type": "clip_vision_model"},
            ),
            "the shape of image and text: give --shape input_ids=128:int64",
        ),
    ],
    ids=["images of any size", "image tokens"],
)
def test_where_the_configuration_does_not_say_the_error_does(config, message, tmp_path):
    config.save_pretrained(tmp_path)
    assert message in one_line(invoke("latency", f"transformers:{tmp_path}"))


def test_a_folder_gives_its_class_and_with_pretrained_its_weights(tmp_path):
    config = transformers.BertConfig(**SMALL, vocab_size=50)
    saved = transformers.BertForMaskedLM(config)
    saved.save_pretrained(tmp_path)
    name = f"transformers:{tmp_path}"
    weights, random, fetched = (
        model.state_dict()["bert.embeddings.word_embeddings.weight"]
        for model in (saved, make_model(name).model, make_model(name, pretrained=True).model)
    )
    assert type(make_model(name).model) is transformers.BertForMaskedLM
    assert torch.equal(fetched, weights)
    assert not torch.equal(random, weights)


def test_a_model_type_is_built_without_a_network(monkeypatch):
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", raising(NO_NETWORK))
    named = make_model("transformers:segformer")
    assert type(named.model) is transformers.SegformerModel
    assert "has no weights" in one_line(invoke("latency", "transformers:bert", "--pretrained"))


@pytest.mark.parametrize("pretrained", [False, True])
def test_code_of_a_checkpoint_is_never_run(pretrained, tmp_path, monkeypatch):
    """Not even where somebody at the terminal would say yes to it."""
    folder, marker = tmp_path / "checkpoint", tmp_path / "ran"
    folder.mkdir()
    classes = {"AutoConfig": "code.OwnConfig", "AutoModel": "code.OwnModel"}
    (folder / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": classes}))
    (folder / "code.py").write_text(f"open({str(marker)!r}, 'w')\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 10))
    with pytest.raises(pytimer.ModelError, match="is never run: name a factory of your own"):
        make_model(f"transformers:{folder}", pretrained=pretrained)
    assert not marker.exists()


def raising(error):
    def function(*arguments, **keywords):
        raise error

    return function


def test_a_checkpoint_without_a_network_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", raising(NO_NETWORK))
    line = one_line(invoke("latency", "transformers:berd"))
    assert re.search(r"is no model type \(near: bert, \w+, \w+\)", line)
    assert "Name or service not known); connect to the internet, or give a local folder" in line
    assert "has no config.json" in one_line(invoke("latency", f"transformers:{tmp_path}"))


# The command line, and the page.


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "my_models.py").write_text(code)
    monkeypatch.chdir(tmp_path)


COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^\$ (pytimer .*)", PAGE, re.MULTILINE)]
QUICK = [command for command in COMMANDS if command[1].startswith("my_models.py")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_commands_of_the_page_can_be_read(command):
    main.commands[command[0]].make_context(command[0], command[1:])


@pytest.mark.parametrize("command", QUICK, ids=" ".join)
def test_the_quick_commands_of_the_page_run(own_models, command, tmp_path):
    path = tmp_path / "result.json"
    result = invoke(*command, "--repetitions", 20, "--json", path)
    assert result.exit_code == 0, result.output
    size, tokens = (4, 128) if "--batch-size" in command else (1, 64)
    expected = (f"{size}×{tokens} int64", f"{size} float32")
    assert pytimer.load(path).subject.inputs == expected


def test_the_page_names_every_dtype_and_source():
    for word in (*pytimer.items.ITEM_DTYPES, "timm:", "torchvision:", "transformers:", ".pt2"):
        assert word in PAGE
    help_text = " ".join(invoke("latency", "--help").stdout.split())
    assert "MODEL is efficientnet-b0 to -b8, timm:NAME, torchvision:NAME" in help_text


def test_names_mixed_with_positions_are_one_line(own_models):
    line = one_line(
        invoke("latency", "my_models.py:scores", "--shape", "scale=", "--shape", "64:int64")
    )
    assert "got both kinds; name every one" in line


def test_the_help_of_the_group_fits_a_screen():
    lines = invoke("--help").stdout.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
