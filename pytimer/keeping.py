"""The ways out of a measurement: whatever ends it, the samples so far go with the error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from pytimer.errors import OF_OTHERS, CallError, Interrupted, PyTimerError, text_of
from pytimer.samples import Samples
from pytimer.workload import Workload


class Keeper(Protocol):
    """Keeps the samples of a loop until they are taken."""

    def take(self) -> Samples: ...


@contextmanager
def keeping_samples(engine: Keeper, workload: Workload, what: str, total: int) -> Iterator[None]:
    """Puts what has been measured so far on whatever exception leaves the loop.

    Args:
        total: that were asked for; where a precision is, there may be more.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(engine.take()) from None
    except PyTimerError as error:
        error.samples = engine.take()
        if isinstance(error, CallError):
            raise _call_error(workload, what, total, error.samples, str(error)) from None
        raise
    except BaseException as error:  # SystemExit and GeneratorExit too are the model's own
        raise _call_error(workload, what, total, engine.take(), text_of(error)) from error


@contextmanager
def samples_taken(samples: Samples, workload: Workload) -> Iterator[None]:
    """Puts samples that are complete on whatever exception leaves what is done after them."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(samples) from None
    except PyTimerError as error:
        error.samples = samples
        raise
    except OF_OTHERS as error:
        late = PyTimerError(
            f"{samples.calls} samples of {workload.name} were taken on {workload.device.name}, but "
            f"what comes after them failed: {text_of(error)}; the error has the samples"
        )
        late.samples = samples
        raise late from error


def _call_error(
    workload: Workload, what: str, total: int, samples: Samples, text: str
) -> CallError:
    subject = workload.subject
    inputs = ", ".join(subject.inputs) or "no tensors"
    of_how_many = f" of {total}" if samples.calls < total else ""
    wrapped = CallError(
        f"{subject.model} raised in {what} {samples.calls + 1}{of_how_many} "
        f"on {subject.device} with {inputs}: {text}"
    )
    wrapped.samples = samples
    return wrapped
