"""What every command does around its measurement: model, inputs, progress, output, errors."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

import pytimer
from pytimer.errors import Interrupted, PyTimerError, text_of

if TYPE_CHECKING:
    from rich.console import Console

    from pytimer.devices import Device
    from pytimer.models import NamedModel
    from pytimer.progress_bar import ProgressBar
    from pytimer.result_file import Result


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's progress and its result go."""

    json_path: str | None
    on_progress: ProgressBar | None

    def write(self, result: Result) -> None:
        if self.json_path is not None:
            pytimer.save(result, self.json_path)

    def show(self, result: Result) -> None:
        from rich.console import Console

        from pytimer import report

        if self.on_progress is not None:
            self.on_progress.stop()
        report.show(result, Console(highlight=False))

    def finish(self, result: Result) -> None:
        self.write(result)
        self.show(result)


@dataclass(frozen=True, slots=True)
class Job(Output):
    """An output with the model and the inputs of one command."""

    named: NamedModel
    inputs: Any
    make_inputs: Callable[[int], Any] | None
    common: dict[str, Any]

    def search(self, options: dict[str, Any]) -> dict[str, Any]:
        """The arguments of every command that looks for a batch size."""
        return self.common | {
            "strategy": options["strategy"],
            "isolate": options["isolate"],
            "max_batch_size": options["max_batch_size"],
            "memory_limit_bytes": _bytes(options["memory_limit"]),
            "make_inputs": self.make_inputs,
        }

    def model_named(self, name: str | None, options: dict[str, Any]) -> Any:
        """Another model, on the same device; None for None."""
        return None if name is None else model_on(self.common["device"], name, options).model


@contextmanager
def output(json_path: str | None) -> Iterator[Output]:
    """Shows progress, writes what is known when something goes wrong, and says that in one line."""
    from rich.console import Console

    with errors_in_one_line(), _progress(Console(stderr=True)) as bar:
        if json_path is not None:
            from pytimer.result_file import check_writable

            check_writable(json_path)
        out = Output(json_path, bar)
        try:
            yield out
        except (Interrupted, PyTimerError) as error:
            if error.result is not None:
                out.finish(error.result)
            raise


@contextmanager
def job_of(
    name: str, batch_size: int, json_path: str | None, options: dict[str, Any]
) -> Iterator[Job]:
    """An `output`, with the model called `name` and its inputs made."""
    with output(json_path) as out:
        yield _prepared(name, batch_size, options, out)


def _prepared(name: str, batch_size: int, options: dict[str, Any], out: Output) -> Job:
    from pytimer.cli.inputs import inputs_of
    from pytimer.plan import check_count

    check_count("batch_size", batch_size, 1)
    device = device_named(options["device"])
    named = model_on(device, name, options)
    with _model_errors(f"inputs of {name}"):
        inputs, make_inputs = inputs_of(name, named, batch_size, options)
    common = {"device": device, "name": named.name, "on_progress": out.on_progress}
    return Job(out.json_path, out.on_progress, named, inputs, make_inputs, common)


def device_named(name: str | None) -> Device:
    import torch

    from pytimer.devices import resolve_device

    return resolve_device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def model_on(device: Device, name: str, options: dict[str, Any]) -> NamedModel:
    import torch

    from pytimer.models import make_model

    named = make_model(name, pretrained=options["pretrained"], seed=options["seed"])
    with _model_errors(f"{name} on {device.name}"):
        if isinstance(named.model, torch.nn.Module):
            named.model.to(device=device.name, dtype=getattr(torch, options["dtype"]))
    return named


def only_without(options: dict[str, Any], what: str, **defaults: Any) -> None:
    """Raises PlanError for an option that `what` would leave aside."""
    for name, default in defaults.items():
        if options[name] != default:
            raise pytimer.PlanError(f"{what} does not take --{name}, got {options[name]!r}")


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


@contextmanager
def errors_in_one_line() -> Iterator[None]:
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


def _bytes(mebibytes: float | None) -> int | None:
    from pytimer.plan import check_positive

    check_positive("--memory-limit", mebibytes, "MiB")
    return None if mebibytes is None else int(mebibytes * 2**20)


def _fail(message: str, code: int) -> None:
    click.echo(f"pytimer: {' '.join(message.split())}", err=True)
    sys.exit(code)
