"""What the audit of a call has seen, and which of it gives reason to doubt a timing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytimer.caveats import Caveat
from pytimer.checks import work_on_another_stream

SHOWN = 3
"""Of a longer list: enough to find the place, and still one line."""


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies from one device to another inside a call.

    Attributes:
        source: the device, such as "cpu".
        target: likewise.
        where: the module of the first one; None outside of modules.
    """

    source: str
    target: str
    count: int
    size_bytes: int
    where: str | None


@dataclass(frozen=True, slots=True)
class Wait:
    """An operation that makes the host wait for a device.

    Attributes:
        what: as it is written, such as ".item()".
        where: the module of the first one; None outside of modules.
    """

    what: str
    count: int
    where: str | None


@dataclass(frozen=True, slots=True)
class CallAudit:
    """What one call did that its timing does not show. Printed, it is a report.

    Attributes:
        name: of what was called.
        device: the call's own, such as "cuda:0".
        not_looked_at: why its operations were not looked at; None where they were.
        copies: between devices.
        made_on_host: tensors made on the host inside a call for another device.
        waits: operations that wait for a device.
        device_waits: how often the device saw the host wait; None where it does not tell.
        driver_allocations: how often torch's allocator went to the driver; None where not told.
        training: modules called in train mode that behave differently in it.
        recorded: operations that autograd kept for gradients.
        autocast: the type that autocast casts to; None where it is off.
        device_s: device time of the call; None on the host, and where samples tell it.
        drain_s: how long the device went on after the call's own stream; likewise.
    """

    name: str
    device: str
    not_looked_at: str | None = None
    copies: tuple[Copies, ...] = ()
    made_on_host: int = 0
    waits: tuple[Wait, ...] = ()
    device_waits: int | None = None
    driver_allocations: int | None = None
    training: tuple[str, ...] = ()
    recorded: int = 0
    autocast: str | None = None
    device_s: float | None = None
    drain_s: float | None = None

    @property
    def synchronises(self) -> bool | None:
        """Whether the call waits for a device by itself; None where that is not known."""
        if self.waits or self.device_waits:
            return True
        unknown = self.device_waits is None and self.not_looked_at is not None
        return None if unknown else False

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        return (*_of_devices(self), *_of_modes(self))

    def __str__(self) -> str:
        lines = [f"one call of {self.name} on {self.device}"]
        if self.not_looked_at is not None:
            lines.append(f"  not looked at: {self.not_looked_at}")
        for caveat in self.caveats:
            lines += [f"  {caveat.name}: {caveat.message}", f"    → {caveat.remedy}"]
        return "\n".join(lines if self.caveats else [*lines, "  nothing to doubt was seen"])


def _of_devices(seen: CallAudit) -> Iterator[Caveat]:
    if seen.copies:
        ways = (
            f"{copies.count} from {copies.source} to {copies.target} "
            f"({copies.size_bytes} bytes{_first(copies.where)})"
            for copies in seen.copies
        )
        yield Caveat(
            "copies-inside",
            f"the call copies between devices: {_listed(ways)}",
            "place inputs and constants on the device before the call, and results after it",
        )
    if seen.made_on_host and any(copies.source == "cpu" for copies in seen.copies):
        yield Caveat(
            "made-on-host",
            f"the call makes {seen.made_on_host} tensors on the host, which is not where it works",
            "make them on the device: torch.zeros(n, device=x.device), or once as a buffer",
        )
    if seen.synchronises:
        yield _synchronises(seen)
    if seen.driver_allocations:
        yield Caveat(
            "allocates-inside",
            f"the allocator went to the driver {seen.driver_allocations} times in a call that had "
            "been made before: each time the device may be waited for",
            "warm up with the same shapes, and leave memory free for the allocator to keep",
        )
    if seen.drain_s is not None and seen.device_s is not None:
        yield from work_on_another_stream(seen.drain_s, seen.device_s)


def _synchronises(seen: CallAudit) -> Caveat:
    ways = [f"{wait.what} × {wait.count}{_first(wait.where)}" for wait in seen.waits]
    how = _listed(ways) or ".item(), .cpu(), a data-dependent shape"
    return Caveat(
        "synchronises-inside",
        f"the call waits for the device by itself ({how}): the host cannot run ahead, and launches "
        "after the wait are in device time",
        "keep values on the device until the call is over",
    )


def _of_modes(seen: CallAudit) -> Iterator[Caveat]:
    if seen.training:
        yield Caveat(
            "train-mode",
            f"modules work in train mode: {_listed(seen.training)}",
            "call eval() on the model: dropout and batch statistics are other work",
        )
    if seen.recorded:
        yield Caveat(
            "records-gradients",
            f"{seen.recorded} operations were recorded for gradients, which takes time and memory",
            "call the model under torch.inference_mode()",
        )
    if seen.autocast is not None:
        yield Caveat(
            "autocast",
            f"the call works under autocast to {seen.autocast}: casts of the weights are in every "
            "call, unless one autocast block with its cache is around all of them",
            f"convert the model once: model.to(torch.{seen.autocast})",
        )


def _first(where: str | None) -> str:
    return f", first in {where}" if where else ""


def _listed(texts: Iterable[str]) -> str:
    """All of a short list, the beginning of a longer one."""
    every = list(texts)
    rest = len(every) - SHOWN
    return ", ".join(every[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
