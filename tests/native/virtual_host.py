"""A host whose time moves only when told."""

from __future__ import annotations

import ctypes

from pytimer import _core
from pytimer.devices import HostDevice


class VirtualHost(HostDevice):
    """Waiting takes no time beyond what is waited for; calls take what they add to `now_ns`."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._now = ctypes.CFUNCTYPE(ctypes.c_int64)(lambda: self.now_ns)
        self._wait = ctypes.CFUNCTYPE(None, ctypes.c_int64)(self._wait_until)

    def _wait_until(self, due_ns: int) -> None:
        self.now_ns = due_ns

    def native_clock(self) -> _core.HostClock:
        now, wait = (ctypes.cast(f, ctypes.c_void_p).value for f in (self._now, self._wait))
        return _core.HostClock(now, wait)

    def host_now_ns(self) -> int:
        return self.now_ns

    def model_of(self, service_s: float):
        """A model that takes that long."""
        service_ns = round(service_s * 1e9)

        def model() -> None:
            self.now_ns += service_ns

        return model
