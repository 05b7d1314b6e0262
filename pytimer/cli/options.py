"""The options of the commands, each described once, and how their values are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import click

from pytimer.items import DTYPES, ITEM_DTYPES, ItemTensor
from pytimer.units import fraction_of

Command = TypeVar("Command", bound=Callable[..., Any])


class FilePath(click.Path):
    """A path; one that no system takes (a NUL, a stray surrogate) is refused as a bad value."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        try:
            return super().convert(value, param, ctx)
        except ValueError:
            self.fail(f"expected a path, got {value!r}", param, ctx)


def shape(text: str | tuple[int, ...]) -> tuple[int, ...]:
    """Sizes separated by commas, such as 3,224,224."""
    if isinstance(text, tuple):
        return text
    try:
        sizes = tuple(int(size) for size in text.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise click.BadParameter(f"expected positive sizes such as 3,224,224, got {text!r}")
    return sizes


def item_tensor(text: str | ItemTensor) -> ItemTensor:
    """[NAME=]SIZES[:DTYPE], such as 3,224,224 or input_ids=128:int64; no sizes are one number."""
    if isinstance(text, ItemTensor):
        return text
    named, equals, rest = text.rpartition("=")
    sizes_text, colon, dtype = rest.partition(":")
    if equals and not named.isidentifier():
        raise click.BadParameter(f"expected a keyword such as input_ids=128:int64, got {text!r}")
    if colon and dtype not in ITEM_DTYPES:
        raise click.BadParameter(f"expected one of {', '.join(ITEM_DTYPES)}, got {dtype!r}")
    sizes = shape(sizes_text) if sizes_text or not (equals or colon) else ()
    return ItemTensor(sizes, named or None, dtype or None)


def fraction(text: str | float) -> float:
    """A fraction, or a percentage such as 1%."""
    try:
        return text if isinstance(text, float) else fraction_of(text)
    except ValueError:
        raise click.BadParameter(f"expected a fraction or percentage, got {text!r}") from None


def sizes(text: str | tuple[int, ...]) -> str | tuple[int, ...]:
    """Sizes separated by commas, or auto."""
    return text if text == "auto" else shape(text)


def duration(text: str | float) -> float:
    """Seconds; the text has a unit, such as 20ms."""
    units = {"µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    if not isinstance(text, str):
        return text
    for unit, seconds in units.items():
        if text.endswith(unit):
            with suppress(ValueError):
                return float(text.removesuffix(unit)) * seconds
            break
    raise click.BadParameter(f"expected a duration with its unit, such as 20ms, got {text!r}")


def size_or_auto(text: str | int) -> int | str:
    """A number of items, or auto."""
    try:
        return text if text == "auto" else int(text)
    except ValueError:
        raise click.BadParameter(f"expected a number of items or auto, got {text!r}") from None


def rates(text: str | tuple[float, ...]) -> str | tuple[float, ...]:
    """Requests per second separated by commas, or auto."""
    if text == "auto" or not isinstance(text, str):
        return text
    try:
        return tuple(float(rate) for rate in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"expected requests per second such as 50,100, or auto, got {text!r}"
        ) from None


def rule_ids(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Ids of rules separated by commas."""
    return text if isinstance(text, tuple) else tuple(text.replace(",", " ").split())


def options_of(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def choice(name: str, values: Sequence[str], text: str) -> Callable[[Command], Command]:
    """One of these words; the first where none is named."""
    return click.option(
        name, type=click.Choice(values), default=values[0], show_default=True, help=text
    )


def number(name: str, default: float, metavar: str, text: str) -> Callable[[Command], Command]:
    """A number of the type of its default."""
    return click.option(name, default=default, show_default=True, metavar=metavar, help=text)


DEVICE = click.option(
    "--device", metavar="NAME", help="cpu, cuda, cuda:N, xpu:N.  [default: cuda if there, else cpu]"
)
SETUP = options_of(
    click.option(
        "--amp",
        type=click.Choice(["auto", "float16", "bfloat16"]),
        is_flag=False,
        flag_value="auto",
        help="Call under autocast; auto, or nothing behind it: torch's type for the device.",
    ),
    click.option("--channels-last", is_flag=True, help="Put 4-d weights and inputs into it."),
    click.option(
        "--compile",
        type=click.Choice(
            ["default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
        ),
        is_flag=False,
        flag_value="default",
        help="Call what torch.compile makes of the model; compiled before the warm-up.",
    ),
    choice("--grad-mode", ["inference", "no_grad", "enabled"], "Of torch, around all calls."),
    click.option(
        "--threads",
        type=int,
        metavar="N",
        help="Of operators on the host.  [default: as torch has them]",
    ),
)
MODEL_ALONE_OPTIONS = options_of(
    DEVICE,
    click.option(
        "--shape",
        type=item_tensor,
        multiple=True,
        metavar="[NAME=]SIZES[:DTYPE]",
        help="Of one item, without the batch: 3,224,224 or input_ids=128:int64. Once for each "
        "input.  [default: the model's own]",
    ),
    click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True),
    click.option("--pretrained", is_flag=True, help="Fetch pretrained weights; else random ones."),
    click.option(
        "--trust", is_flag=True, help="Open a .pt that is a pickle, which can run any code."
    ),
    click.option(
        "--seed",
        type=click.IntRange(0, 2**63 - 1),
        default=0,
        show_default=True,
        help="Of random weights and inputs.",
    ),
)
MODEL_OPTIONS = options_of(MODEL_ALONE_OPTIONS, SETUP)
MODEL_ALONE = options_of(click.argument("model"), MODEL_ALONE_OPTIONS)
MODEL = options_of(click.argument("model"), MODEL_OPTIONS)
MODEL_B = options_of(click.argument("model_b"), MODEL_OPTIONS)
PAIRS = number("--pairs", 300, "N", "Pairs: samples of each model.")
LOOP = choice("--loop", ["native", "python"], "The C++ loop, or the article's Python loop.")
AUDIT = click.option(
    "--audit/--no-audit",
    default=True,
    show_default=True,
    help="After the samples, look at what one more call does inside.",
)
FLOP = options_of(
    click.option(
        "--flop/--no-flop",
        default=True,
        show_default=True,
        help="After the samples, count the FLOP of one more call.",
    ),
    click.option(
        "--peak-flops",
        type=float,
        metavar="FLOP/S",
        help="The device's peak, such as 989e12, for the utilisation.  [default: its datasheet's]",
    ),
)
OUTPUT = options_of(
    click.option(
        "--json", "json_path", type=FilePath(), metavar="FILE", help="Write the result there too."
    ),
    click.option(
        "-q",
        "--quiet",
        "verbosity",
        flag_value="quiet",
        help="The headline only, a line for each figure; no progress.",
    ),
    click.option(
        "-v",
        "--verbose",
        "verbosity",
        flag_value="verbose",
        help="All settings too; progress and tracebacks where there is no terminal as well.",
    ),
)
WARM_UP = number("--warm-up", 10, "CALLS", "Calls before the first sample.")
REPETITIONS = number("--repetitions", 300, "CALLS", "Timed calls: samples.")
REPETITIONS_IN_ROUNDS = options_of(
    number("--repetitions", 100, "CALLS", "Samples of each."),
    number("--rounds", 10, "N", "Of all in turn: less drift."),
)
MODE = options_of(
    choice(
        "--mode",
        ["isolated", "queued", "pipelined", "graph", "all"],
        "How calls follow each other; all: side by side.",
    ),
    choice(
        "--cache", ["warm", "cold"], "Flush the last-level cache before each repetition, or do not."
    ),
    click.option(
        "--max-seconds",
        type=float,
        metavar="S",
        help="Stop after this long with fewer samples.  [default: no limit]",
    ),
)
CALL = options_of(
    choice(
        "--call",
        ["auto", "eager", "aoti", "torchscript", "graph"],
        "The Python callable, or compiled first and called without Python, or a CUDA graph.",
    ),
    click.option(
        "--reference",
        metavar="MODEL",
        help="The model it was compiled from: outputs are compared before timing.",
    ),
)
ROUNDS = number(
    "--rounds",
    1,
    "N",
    "Spread the repetitions over N rounds with pauses; the interval is over the rounds.",
)
MAX_SAMPLES = click.option(
    "--max-samples",
    type=int,
    metavar="N",
    help="Of more repetitions keep the means of N blocks; no percentiles.  [default: keep all]",
)
ROUNDS_OF_SWEEP = options_of(
    number("--rounds", 5, "N", "Go through the sizes N times."),
    number(
        "--seconds-per-size", 4.0, "S", "Make fewer calls of a size where they would take longer."
    ),
)
PROCESSES = click.option(
    "--processes",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Measure in N processes, one after another; pytimer compare needs 5.",
)
PERCENTILE = number("--percentile", 99.0, "P", "Of the latency that --max-latency is for.")
PRECISION = click.option(
    "--precision",
    type=fraction,
    metavar="P",
    help="Go on until the median is known to ±P, such as 1%.  [default: stop at --repetitions]",
)
ITEMS = number("--batch-size", 1, "ITEMS", "Items in one call.")
BATCHES = number("--batches", 100, "CALLS", "Calls in the wall window.")
TIMEOUT = click.option(
    "--timeout",
    type=float,
    metavar="S",
    help="End after so long, whatever the model does, with what is known; the command then has a "
    "process of its own. Under torchrun: the longest wait for another rank (600).",
)
SEARCH = options_of(
    choice(
        "--strategy",
        ["guided", "binary", "sequential"],
        "Led by memory peaks, doubling then bisection, or one by one; all find the same.",
    ),
    click.option(
        "--isolate/--no-isolate",
        default=None,
        help="Try sizes in a worker process, or in this one.  [default: on the host a worker]",
    ),
    click.option(
        "--max-batch-size",
        type=int,
        metavar="ITEMS",
        help="Never try more.  [default: no cap on a GPU, 256 on the host, 8 in run there]",
    ),
    click.option(
        "--memory-limit",
        type=float,
        metavar="MIB",
        help="Memory the calls may take.  [default: all of a GPU, half of what the host has free]",
    ),
)
