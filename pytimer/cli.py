"""The command `pytimer`. torch is imported only when a command measures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

import pytimer
from pytimer.errors import Interrupted, PyTimerError, text_of

if TYPE_CHECKING:
    from rich.console import Console

    from pytimer.devices import Device
    from pytimer.models import NamedModel
    from pytimer.progress_bar import ProgressBar
    from pytimer.result_file import Result

Command = TypeVar("Command", bound=Callable[..., Any])

_DTYPES = ("float32", "float16", "bfloat16", "float64")


def _shape(text: str | tuple[int, ...]) -> tuple[int, ...]:
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


def _fraction(text: str | float) -> float:
    """A fraction, or a percentage such as 1%."""
    try:
        if isinstance(text, str) and text.endswith("%"):
            return float(text[:-1]) / 100
        return float(text)
    except ValueError:
        raise click.BadParameter(f"expected a fraction or percentage, got {text!r}") from None


def _sizes(text: str | tuple[int, ...]) -> str | tuple[int, ...]:
    """Sizes separated by commas, or auto."""
    return text if text == "auto" else _shape(text)


def _duration(text: str | float) -> float:
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


def _batch_size(text: str | int) -> int | str:
    """A number of items, or auto."""
    try:
        return text if text == "auto" else int(text)
    except ValueError:
        raise click.BadParameter(f"expected a number of items or auto, got {text!r}") from None


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_DEVICE = click.option(
    "--device", metavar="NAME", help="cpu, cuda or cuda:N.  [default: cuda if there, else cpu]"
)
_MODEL_OPTIONS = _options(
    _DEVICE,
    click.option(
        "--shape",
        type=_shape,
        metavar="SIZES",
        help="Shape of one item, without the batch: 3,224,224.  [default: the model's own]",
    ),
    click.option("--dtype", type=click.Choice(_DTYPES), default="float32", show_default=True),
    click.option("--pretrained", is_flag=True, help="Fetch pretrained weights; else random ones."),
    click.option(
        "--seed",
        type=click.IntRange(0, 2**63 - 1),
        default=0,
        show_default=True,
        help="Of random weights and inputs.",
    ),
)
_MODEL = _options(click.argument("model"), _MODEL_OPTIONS)
_MODEL_B = _options(click.argument("model_b"), _MODEL_OPTIONS)
_PAIRS = click.option(
    "--pairs", default=300, show_default=True, metavar="N", help="Pairs: samples of each model."
)
_LOOP = click.option(
    "--loop",
    type=click.Choice(["native", "python"]),
    default="native",
    show_default=True,
    help="The C++ loop, or the article's Python loop.",
)
_JSON = click.option(
    "--json", "json_path", type=click.Path(), metavar="FILE", help="Write the result there as well."
)
_WARM_UP = click.option(
    "--warm-up",
    default=10,
    show_default=True,
    metavar="CALLS",
    help="Calls before the first sample.",
)
_REPETITIONS = click.option(
    "--repetitions", default=300, show_default=True, metavar="CALLS", help="Timed calls: samples."
)
_MODE = _options(
    click.option(
        "--mode",
        type=click.Choice(["isolated", "queued", "pipelined", "graph", "all"]),
        default="isolated",
        show_default=True,
        help="How calls follow each other; all: side by side.",
    ),
    click.option(
        "--cache",
        type=click.Choice(["warm", "cold"]),
        default="warm",
        show_default=True,
        help="Flush the last-level cache before each repetition, or do not.",
    ),
    click.option(
        "--max-seconds",
        type=float,
        metavar="S",
        help="Stop after this long with fewer samples.  [default: no limit]",
    ),
)
_ROUNDS = click.option(
    "--rounds",
    default=1,
    show_default=True,
    metavar="N",
    help="Spread the repetitions over N rounds with pauses; the interval is over the rounds.",
)
_ROUNDS_OF_SWEEP = _options(
    click.option(
        "--rounds", default=5, show_default=True, metavar="N", help="Go through the sizes N times."
    ),
    click.option(
        "--seconds-per-size",
        default=4.0,
        show_default=True,
        metavar="S",
        help="Make fewer calls of a size where they would take longer.",
    ),
)
_PRECISION = click.option(
    "--precision",
    type=_fraction,
    metavar="P",
    help="Go on until the median is known to ±P, such as 1%.  [default: stop at --repetitions]",
)
_ITEMS = click.option(
    "--batch-size", default=1, show_default=True, metavar="ITEMS", help="Items in one call."
)
_BATCHES = click.option(
    "--batches", default=100, show_default=True, metavar="CALLS", help="Calls in the wall window."
)
_SEARCH = _options(
    click.option(
        "--strategy",
        type=click.Choice(["guided", "binary", "sequential"]),
        default="guided",
        show_default=True,
        help="Led by memory peaks, doubling then bisection, or one by one; all find the same.",
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(pytimer.__version__, prog_name="pytimer")
def main() -> None:
    """Measure the inference latency and throughput of PyTorch models correctly.

    MODEL is efficientnet-b0 to efficientnet-b8, or a function that returns a model:
    package.module:factory or file.py:factory.

    Example: pytimer run efficientnet-b0
    """


@main.command(epilog="Example: pytimer run efficientnet-b0 --json result.json")
@_options(_MODEL, _ITEMS, _WARM_UP, _REPETITIONS, _SEARCH, _BATCHES, _LOOP, _JSON)
def run(model: str, batch_size: int, json_path: str | None, **options: Any) -> None:
    """Latency, the largest batch size, a sweep up to it, and the throughput at the fastest."""
    with _job(model, batch_size, json_path, options) as job:
        result = pytimer.run(
            job.named.model,
            job.inputs,
            loop=options["loop"],
            warm_up=options["warm_up"],
            repetitions=options["repetitions"],
            batches=options["batches"],
            on_stage=job.write,
            **job.search(options),
        )
        job.show(result)


@main.command(epilog="Example: pytimer latency efficientnet-b0 --batch-size 4 --repetitions 500")
@_options(_MODEL, _ITEMS, _MODE, _WARM_UP, _REPETITIONS, _PRECISION, _ROUNDS, _LOOP, _JSON)
def latency(model: str, batch_size: int, json_path: str | None, **options: Any) -> None:
    """How long one call takes: mean ± std, percentiles."""
    with _job(model, batch_size, json_path, options) as job:
        common = job.common | {
            "cache": options["cache"],
            "warm_up": options["warm_up"],
            "repetitions": options["repetitions"],
            "max_seconds": options["max_seconds"],
        }
        if options["mode"] == "all":
            _only_without(options, "--mode all", precision=None, rounds=1, loop="native")
            job.finish(pytimer.measure_modes(job.named.model, job.inputs, **common))
            return
        result = pytimer.measure_latency(
            job.named.model,
            job.inputs,
            mode=options["mode"],
            loop=options["loop"],
            precision=options["precision"],
            rounds=options["rounds"],
            **common,
        )
        job.finish(result)


@main.command(
    "batch-size", epilog="Example: pytimer batch-size efficientnet-b0 --memory-limit 2048"
)
@_options(_MODEL, _SEARCH, _JSON)
@click.option(
    "--max-seconds",
    type=float,
    metavar="S",
    help="Stop after this long with what is known.  [default: no limit]",
)
@click.option(
    "--multiple-of", default=1, show_default=True, metavar="ITEMS", help="Try only multiples."
)
@click.option(
    "--margin",
    type=_fraction,
    default=0.0,
    metavar="P",
    help="Stay away from the limit by this much, such as 5%.  [default: 0]",
)
def batch_size(model: str, json_path: str | None, **options: Any) -> None:
    """The largest batch size that fits into memory."""
    with _job(model, 1, json_path, options) as job:
        result = pytimer.find_batch_size(
            job.named.model,
            job.inputs,
            max_seconds=options["max_seconds"],
            multiple_of=options["multiple_of"],
            margin=options["margin"],
            **job.search(options),
        )
        job.finish(result)


@main.command(epilog="Example: pytimer sweep efficientnet-b0 --batch-sizes 1,2,4,8")
@_options(_MODEL, _SEARCH, _ROUNDS_OF_SWEEP, _LOOP, _JSON)
@click.option(
    "--batch-sizes",
    type=_sizes,
    default="auto",
    show_default=True,
    metavar="SIZES",
    help="Sizes such as 1,2,4; auto: powers of two up to the memory limit, more at the fastest.",
)
@click.option(
    "--max-latency",
    type=_duration,
    metavar="T",
    help="Name the fastest size within this latency, such as 20ms.",
)
@click.option(
    "--percentile",
    default=99.0,
    show_default=True,
    metavar="P",
    help="Of the latency that --max-latency is for.",
)
def sweep(model: str, json_path: str | None, **options: Any) -> None:
    """Latency, items per second and memory over batch sizes; limit, knee and fastest."""
    with _job(model, 1, json_path, options) as job:
        result = pytimer.sweep(
            job.named.model,
            job.inputs,
            batch_sizes=options["batch_sizes"],
            max_latency_s=options["max_latency"],
            percentile=options["percentile"] / 100,
            rounds=options["rounds"],
            seconds_per_size=options["seconds_per_size"],
            loop=options["loop"],
            **job.search(options),
        )
        job.finish(result)


@main.command(epilog="Example: pytimer throughput efficientnet-b0 --batch-size 32 --batches 100")
@_options(_MODEL, _WARM_UP, _SEARCH, _BATCHES, _LOOP, _JSON)
@click.option(
    "--batch-size",
    type=_batch_size,
    default="auto",
    show_default=True,
    metavar="ITEMS",
    help="Items in one call; auto: the fastest up to the memory limit.",
)
@click.option(
    "--concurrency",
    default=1,
    show_default=True,
    metavar="N",
    help="Threads that call at the same time, each with a stream of its own.",
)
@click.option(
    "--host-to-device",
    is_flag=True,
    help="Copy each call's inputs from pinned memory, overlapped; needs CUDA.",
)
def throughput(model: str, batch_size: int | str, json_path: str | None, **options: Any) -> None:
    """How many items per second: batches × batch size ÷ one wall window."""
    with _job(model, 1, json_path, options) as job:
        result = pytimer.measure_throughput(
            job.named.model,
            job.inputs,
            batch_size=batch_size,  # type: ignore[arg-type]
            batches=options["batches"],
            warm_up=options["warm_up"],
            loop=options["loop"],
            concurrency=options["concurrency"],
            host_to_device=options["host_to_device"],
            **job.search(options),
        )
        job.finish(result)


@main.command(epilog="Example: pytimer ab efficientnet-b0 efficientnet-b0")
@click.argument("model_a")
@_MODEL_B
@_options(_ITEMS, _WARM_UP, _PAIRS, _JSON)
def ab(model_a: str, model_b: str, batch_size: int, json_path: str | None, **options: Any) -> None:
    """Which of two models is slower: back-to-back pairs in random order.

    MODEL_B is called with the inputs of MODEL_A. The same model twice is a self-check.
    """
    with _job(model_a, batch_size, json_path, options) as job:
        other = _model_on(job.common["device"], model_b, options)
        result = pytimer.ab(
            job.named.model,
            other.model,
            job.inputs,
            device=job.common["device"],
            pairs=options["pairs"],
            seed=options["seed"],
            warm_up=options["warm_up"],
            names=(job.named.name, other.name),
            on_progress=job.common["on_progress"],
        )
        job.finish(result)


@main.command(epilog="Example: pytimer selftest --device cuda --json selftest.json")
@_DEVICE
@_JSON
def selftest(device: str | None, json_path: str | None) -> None:
    """Read work of known length in every mode; exit code 1 if one reads wrong."""
    with _errors_in_one_line():
        from rich.console import Console

        from pytimer import report

        if json_path is not None:
            _check_writable(json_path)
        result = pytimer.selftest(_device_named(device))
        if json_path is not None:
            pytimer.save(result, json_path)
        report.show(result, Console(highlight=False))
        if not result.passed:
            sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Job:
    """One command's model and inputs, and where its result goes."""

    named: NamedModel
    inputs: Any
    make_inputs: Callable[[int], Any] | None
    common: dict[str, Any]
    json_path: str | None
    stop_progress: Callable[[], None]

    def search(self, options: dict[str, Any]) -> dict[str, Any]:
        """The arguments of every command that looks for a batch size."""
        return self.common | {
            "strategy": options["strategy"],
            "isolate": options["isolate"],
            "max_batch_size": options["max_batch_size"],
            "memory_limit_bytes": _bytes(options["memory_limit"]),
            "make_inputs": self.make_inputs,
        }

    def write(self, result: Result) -> None:
        if self.json_path is not None:
            pytimer.save(result, self.json_path)

    def show(self, result: Result) -> None:
        from rich.console import Console

        from pytimer import report

        self.stop_progress()
        report.show(result, Console(highlight=False))

    def finish(self, result: Result) -> None:
        self.write(result)
        self.show(result)


@contextmanager
def _job(
    name: str, batch_size: int, json_path: str | None, options: dict[str, Any]
) -> Iterator[_Job]:
    """Makes the model and its inputs, and shows progress meanwhile."""
    from rich.console import Console

    with _errors_in_one_line(), _progress(Console(stderr=True)) as bar:
        job = _prepare(name, batch_size, json_path, options, bar)
        try:
            yield job
        except (Interrupted, PyTimerError) as error:
            if error.result is not None:
                job.finish(error.result)
            raise


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Turns every error of pytimer into one line and an exit code."""
    try:
        yield
    except Interrupted as error:
        kept = f"; {len(error.samples)} samples had been taken" if error.samples else ""
        _fail(f"interrupted{kept}", 130)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except PyTimerError as error:
        _fail(str(error), 2)


def _model_on(device: Device, name: str, options: dict[str, Any]) -> NamedModel:
    import torch

    from pytimer.models import make_model

    named = make_model(name, pretrained=options["pretrained"], seed=options["seed"])
    with _model_errors(f"{name} on {device.name}"):
        if isinstance(named.model, torch.nn.Module):
            named.model.to(device=device.name, dtype=getattr(torch, options["dtype"]))
    return named


def _device_named(name: str | None) -> Device:
    import torch

    from pytimer.devices import resolve_device

    return resolve_device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def _check_writable(path: str) -> None:
    from pytimer.result_file import check_writable

    check_writable(path)


def _prepare(
    name: str,
    batch_size: int,
    json_path: str | None,
    options: dict[str, Any],
    bar: ProgressBar | None,
) -> _Job:
    import torch

    from pytimer.plan import check_count

    check_count("batch_size", batch_size, 1)
    if json_path is not None:
        _check_writable(json_path)
    device = _device_named(options["device"])
    named = _model_on(device, name, options)
    dtype: torch.dtype = getattr(torch, options["dtype"])
    shape = options["shape"] or named.item_shape
    make_inputs = None if options["shape"] else named.make_inputs
    with _model_errors(f"inputs of {name}"):
        if make_inputs is not None:
            inputs = make_inputs(batch_size)
        elif shape is not None:
            inputs = torch.randn(batch_size, *shape, dtype=dtype)
        else:
            raise pytimer.ModelError(
                f"{name} needs inputs: give --shape, or define make_inputs(batch_size) beside it"
            )
    common = {"device": device, "name": named.name, "on_progress": bar}
    return _Job(named, inputs, make_inputs, common, json_path, bar.stop if bar else _nothing)


@contextmanager
def _model_errors(what: str) -> Iterator[None]:
    """Turns what someone else's code raises into a ModelError."""
    try:
        yield
    except PyTimerError:
        raise
    except (Exception, SystemExit) as error:
        raise pytimer.ModelError(f"cannot make {what}: {text_of(error)}") from error


@contextmanager
def _progress(console: Console) -> Iterator[ProgressBar | None]:
    """A progress bar where standard error is a terminal, else nothing."""
    if not console.is_terminal:
        yield None
        return
    from pytimer.progress_bar import ProgressBar

    with ProgressBar(console) as bar:
        yield bar


def _only_without(options: dict[str, Any], what: str, **defaults: Any) -> None:
    """Raises PlanError for an option that `what` would leave aside."""
    for name, default in defaults.items():
        if options[name] != default:
            raise pytimer.PlanError(f"{what} does not take --{name}, got {options[name]!r}")


def _nothing() -> None:
    pass


def _bytes(mebibytes: float | None) -> int | None:
    from pytimer.plan import check_positive

    check_positive("--memory-limit", mebibytes, "MiB")
    return None if mebibytes is None else int(mebibytes * 2**20)


def _fail(message: str, code: int) -> None:
    click.echo(f"pytimer: {' '.join(message.split())}", err=True)
    sys.exit(code)
