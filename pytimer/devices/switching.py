"""Making a device or a stream current, where either may fail: the device may be lost meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from pytimer.errors import DeviceUnavailableError, text_of


@contextmanager
def switched(switch: AbstractContextManager[object], what: str) -> Iterator[None]:
    """Enters `switch`, and leaves it at the end; what comes out of the block comes out as it is.

    That it cannot be left is forgiven: the result, or the error that is on its way, matters more.

    Raises:
        DeviceUnavailableError: it cannot be entered.
    """
    try:
        switch.__enter__()
    except Exception as error:
        raise DeviceUnavailableError(
            f"{what} cannot be made current ({text_of(error)}); see whether the device still works"
        ) from error
    try:
        yield
    finally:
        with suppress(Exception):
            switch.__exit__(None, None, None)
