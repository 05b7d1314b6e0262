"""What every command does around its measurement: model, inputs, progress, output, errors."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from traceback import FrameSummary, extract_tb, print_exception
from typing import TYPE_CHECKING, Any, Literal

import click

import pytimer
from pytimer.cli.own_process import KnownWriter, carried_out, out_of_time, shared_with_parent
from pytimer.errors import OF_OTHERS, Interrupted, PyTimerError, ResultFileError, text_of
from pytimer.printable import printable
from pytimer.termination import FAILED, Termination

if TYPE_CHECKING:
    from rich.console import Console

    from pytimer.devices import Device
    from pytimer.models import NamedModel
    from pytimer.progress_bar import ProgressBar, ProgressLines
    from pytimer.result_file import Result

Verbosity = Literal["quiet", "normal", "verbose"]

INTERNAL_ERROR = 70
"""Exit code of an error in pytimer itself: EX_SOFTWARE of sysexits.h."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's progress and its result go, and how much of them.

    Attributes:
        ended: hears the signals that end the command.
    """

    json_path: str | None
    verbosity: Verbosity
    on_progress: ProgressBar | ProgressLines | KnownWriter | None
    ended: Termination

    def _write(self, result: Result) -> None:
        if self.json_path is not None:
            pytimer.save(result, self.json_path)

    def _holding(self) -> AbstractContextManager[None]:
        """While a file is written no signal is heard, but whoever should read a pipe may never."""
        from pytimer.files import is_special

        is_file = self.json_path is not None and not is_special(Path(self.json_path))
        return self.ended.holding() if is_file else nullcontext()

    def show(self, result: Result) -> None:
        from rich.console import Console

        from pytimer import report

        if self.on_progress is not None:
            self.on_progress.stop()
        if sys.stdout.closed:
            raise ResultFileError(
                "cannot print the report: the model has closed standard output; keep it open, or "
                "name a file (--json)"
            )
        console = Console(highlight=False)
        if self.verbosity == "quiet":
            report.show_headlines(result, console)
            return
        report.show(result, console)
        if self.verbosity == "verbose":
            report.show_settings(result, console)

    def keep(self, result: Result) -> None:
        """Writes what is known so far; where that fails, the end says it."""
        with self._holding(), suppress(ResultFileError):
            self._write(result)

    def finish(self, result: Result, show: Callable[[], None] | None = None) -> None:
        """Writes and shows the result.

        Args:
            show: instead of the report.

        Raises:
            ResultFileError: it could not be written where it should go; it has been shown, and is
                in a file that the message names.
        """
        self.ended.end_copies()
        unwritten: ResultFileError | None = None
        try:
            with self._holding():
                try:
                    self._write(result)
                except ResultFileError as error:
                    unwritten = _kept_elsewhere(result, error)
        except KeyboardInterrupt:
            if unwritten is not None:
                _say(str(unwritten))
            raise
        (show or partial(self.show, result))()
        if unwritten is not None:
            raise unwritten


@dataclass(frozen=True, slots=True)
class Job(Output):
    """An output with the model and the inputs of one command.

    Attributes:
        home: the device that model and inputs are on.
        common: arguments of every measurement.
    """

    home: Device
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
            "memory_limit_bytes": bytes_of(options["memory_limit"]),
            "make_inputs": self.make_inputs,
        }

    def model_named(self, name: str | None, options: dict[str, Any]) -> Any:
        """Another model, on the same device; None for None."""
        return None if name is None else model_on(self.home, name, options).model

    def measured(self, measure: Callable[..., Any], processes: int, **options: Any) -> Any:
        """What `measure` says of the model: in this process, or of several."""
        if processes == 1:
            return measure(self.named.model, self.inputs, **options)
        return pytimer.measure_in_processes(
            measure, self.named.model, self.inputs, processes=processes, **options
        )


@contextmanager
def output(options: dict[str, Any]) -> Iterator[Output]:
    """Shows progress, writes what is known when something goes wrong, and says that in one line."""
    timeout_s: float | None = options.get("timeout")
    shared = shared_with_parent()
    with (
        nullcontext() if shared is None else shared.finishing(),
        errors_in_one_line(
            traceback=options["verbosity"] == "verbose",
            out_of_time=None if shared is None else out_of_time(timeout_s),
        ) as ended,
        keeping_what_is_known(options, ended) as out,
    ):
        if timeout_s is not None and shared is None:
            sys.exit(carried_out(click.get_current_context().obj, timeout_s, ended))
        yield out


@contextmanager
def keeping_what_is_known(options: dict[str, Any], ended: Termination) -> Iterator[Output]:
    """An `output` that leaves errors to whoever is around it."""
    from rich.console import Console

    json_path: str | None = options["json_path"]
    verbosity: Verbosity = options["verbosity"] or "normal"
    shared = shared_with_parent()
    with _progress(Console(stderr=True), verbosity) as bar:
        if json_path is not None:
            from pytimer.files import check_writable

            check_writable(json_path)
        on_progress = bar if shared is None else KnownWriter(shared, bar)
        out = Output(json_path, verbosity, on_progress, ended)
        try:
            yield out
        except (Interrupted, PyTimerError) as error:
            if error.result is not None:
                try:
                    out.finish(error.result)
                except ResultFileError as unwritten:
                    _say(str(unwritten))
            raise


@contextmanager
def job_of(name: str, batch_size: int, options: dict[str, Any]) -> Iterator[Job]:
    """An `output`, with the model called `name` and its inputs made."""
    with output(options) as out:
        yield prepared(name, batch_size, options, out)


def prepared(name: str, batch_size: int, options: dict[str, Any], out: Output) -> Job:
    from pytimer.cli.inputs import inputs_of
    from pytimer.plan import check_count

    check_count("batch_size", batch_size, 1)
    # Several processes place copies of their own; then nothing in this one uses the device.
    elsewhere = options.get("processes", 1) > 1
    home = device_named("cpu" if elsewhere else options["device"])
    named = model_on(home, name, options)
    with _model_errors(f"inputs of {name}"):
        inputs, make_inputs = inputs_of(name, named, batch_size, options)
    device = (options["device"] or default_device()) if elsewhere else home
    common = {"device": device, "name": named.name, "on_progress": out.on_progress}
    if "threads" in options:  # of a command that measures
        common["setup"] = setup_of(options)
    return Job(
        out.json_path,
        out.verbosity,
        out.on_progress,
        out.ended,
        home,
        named,
        inputs,
        make_inputs,
        common,
    )


def setup_of(options: dict[str, Any]) -> pytimer.Setup:
    return pytimer.Setup(
        amp=options["amp"],
        channels_last=options["channels_last"],
        compile=options["compile"],
        grad_mode=options["grad_mode"],
        threads=options["threads"],
    )


def device_named(name: str | None) -> Device:
    from pytimer.devices import resolve_device

    return resolve_device(name or default_device())


def default_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def model_on(device: Device, name: str, options: dict[str, Any]) -> NamedModel:
    import torch

    from pytimer.models import make_model

    named = make_model(
        name, pretrained=options["pretrained"], seed=options["seed"], trust=options["trust"]
    )
    with _model_errors(f"{name} on {device.name}"):
        if isinstance(named.model, torch.nn.Module):
            named.model.to(device=device.name, dtype=getattr(torch, options["dtype"]))
    return named


def only_without(options: dict[str, Any], what: str, **defaults: Any) -> None:
    """Raises PlanError for an option that `what` would leave aside."""
    for name, default in defaults.items():
        if options[name] != default:
            raise pytimer.PlanError(
                f"{what} does not take --{name.replace('_', '-')}, got {options[name]!r}"
            )


@contextmanager
def _model_errors(what: str) -> Iterator[None]:
    """Turns what someone else's code raises into a ModelError."""
    try:
        yield
    except PyTimerError:
        raise
    except OF_OTHERS as error:
        raise pytimer.ModelError(f"cannot make {what}: {text_of(error)}") from error


@contextmanager
def _progress(
    console: Console, verbosity: Verbosity
) -> Iterator[ProgressBar | ProgressLines | None]:
    """A progress bar where standard error is a terminal, else lines of text if asked for."""
    from pytimer.progress_bar import ProgressBar, ProgressLines

    if verbosity == "quiet":
        yield None
    elif console.is_terminal:
        with ProgressBar(console) as bar:
            yield bar
    else:
        yield ProgressLines(console) if verbosity == "verbose" else None


@contextmanager
def errors_in_one_line(
    *, traceback: bool = False, out_of_time: str | None = None
) -> Iterator[Termination]:
    """Turns every error, and the signals that end pytimer, into one line and an exit code.

    The code of an error in pytimer itself is 70.

    Args:
        traceback: print where it came from before that line.
        out_of_time: as for `Termination`.
    """
    with Termination(out_of_time) as ended:
        try:
            try:
                yield ended
            finally:
                ended.ignore()
                ended.end_copies()
        except Interrupted as error:
            kept = ""
            if error.samples and error.result is not None:
                kept = f"; {error.samples.calls} samples had been taken"
            _fail(f"{ended.cause}{kept}", ended.exit_code)
        except KeyboardInterrupt:
            _fail(ended.cause, ended.exit_code)
        except PyTimerError as error:
            if traceback:
                print_exception(error)
            _fail(str(error), FAILED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise  # what click ends a command with
        except Exception as error:
            if is_of_output(error):
                raise
            if traceback:
                print_exception(error)
            _fail(
                f"internal error at {_place_of(error)}: {text_of(error)}; please report it, with "
                "the traceback where the command has -v",
                INTERNAL_ERROR,
            )


def is_of_output(error: Exception) -> bool:
    """Whether standard output took no more: its disk may be full. What is opened has a name."""
    codes = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
    return isinstance(error, OSError) and error.errno in codes and error.filename is None


def bytes_of(mebibytes: float | None) -> int | None:
    """The bytes of --memory-limit; None for None."""
    from pytimer.plan import check_positive

    check_positive("--memory-limit", mebibytes, "MiB")
    return None if mebibytes is None else int(mebibytes * 2**20)


def _kept_elsewhere(result: Result, unwritten: ResultFileError) -> ResultFileError:
    """The error that says where the result is instead."""
    from pytimer.result_file import save_elsewhere

    try:
        kept = save_elsewhere(result)
    except ResultFileError as error:
        return ResultFileError(f"{unwritten}; the result is in no file: {error}")
    return ResultFileError(f"{unwritten}; the result is in {kept}")


def _place_of(error: Exception) -> str:
    """File and line of pytimer where it was raised, such as "units.py:61"."""
    package = Path(pytimer.__file__).parent
    frames = [frame for frame in extract_tb(error.__traceback__) if package in _parents(frame)]
    return f"{Path(frames[-1].filename).relative_to(package)}:{frames[-1].lineno}"


def _parents(frame: FrameSummary) -> Sequence[Path]:
    return Path(frame.filename).parents


def _fail(message: str, code: int) -> None:
    _say(message)
    sys.exit(code)


def _say(message: str) -> None:
    click.echo(f"pytimer: {printable(' '.join(message.split()))}", err=True)
