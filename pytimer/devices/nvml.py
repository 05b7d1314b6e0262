"""What NVML tells of a GPU, without root; None for everything it does not tell."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from pytimer.devices.protocol import EnergyMeter, Health
from pytimer.errors import text_of
from pytimer.work import NotAvailable

Told = TypeVar("Told")


class Nvml:
    """One GPU, found by its UUID: NVML also counts GPUs that CUDA_VISIBLE_DEVICES hides."""

    def __init__(self, uuid: str) -> None:
        self._uuid = uuid
        self._nvml: ModuleType | None = None
        self._handle: Any = None
        self._reason = "NVML does not answer (pip install nvidia-ml-py)"  # of the last failure

    def __enter__(self) -> Nvml:
        try:
            import pynvml
        except Exception as error:  # an installation may be broken in any way
            if not isinstance(error, ImportError):
                self._reason = f"pynvml cannot be imported ({text_of(error)})"
            return self
        self._nvml = pynvml
        if self._is_answered("nvmlInit"):
            name = f"GPU-{self._uuid}"
            self._handle = self._ask("nvmlDeviceGetHandleByUUID", name, on_device=False)
        else:
            self._nvml = None
        return self

    def __exit__(self, *_: object) -> None:
        self._is_answered("nvmlShutdown")

    def driver_version(self) -> str | None:
        return _as(str, self._ask("nvmlSystemGetDriverVersion", on_device=False))

    def persistence_mode(self) -> bool | None:
        return _as(bool, self._ask("nvmlDeviceGetPersistenceMode"))

    def ecc_mode(self) -> bool | None:
        return _as(bool, self._ask("nvmlDeviceGetEccMode", read=_first))

    def mig_mode(self) -> bool | None:
        return _as(bool, self._ask("nvmlDeviceGetMigMode", read=_first))

    def virtualization(self) -> str | None:
        """ "none", "passthrough", "vgpu" or a host mode."""
        modes = ("none", "passthrough", "vgpu", "host vgpu", "host vsga")
        mode = self._ask("nvmlDeviceGetVirtualizationMode")
        return modes[mode] if isinstance(mode, int) and mode < len(modes) else None

    def health(self) -> Health:
        clock_hz = self._ask("nvmlDeviceGetClockInfo", "NVML_CLOCK_SM", read=lambda mhz: mhz * 1e6)
        unread = self._reason if clock_hz is None else ""
        return Health(
            sm_clock_hz=clock_hz,
            power_capped_s=self._violation_s("NVML_PERF_POLICY_POWER"),
            throttled_s=self._violation_s("NVML_PERF_POLICY_THERMAL"),
            other_processes=self._other_processes(),
            utilisation=self._ask(
                "nvmlDeviceGetUtilizationRates", read=lambda rates: rates.gpu / 100
            ),
            unread=unread,
        )

    def energy_meter(self) -> EnergyMeter:
        """What the whole GPU has used since the driver was loaded; GPUs from Volta on count it."""
        first = self._energy_j()
        if self._handle is not None and isinstance(first, NotAvailable):
            return EnergyMeter.none(f"NVML counts no energy of this GPU ({first.reason})")
        return EnergyMeter(self._energy_j)

    def _energy_j(self) -> float | NotAvailable:
        joules = self._ask("nvmlDeviceGetTotalEnergyConsumption", read=lambda mj: mj / 1e3)
        return NotAvailable(self._reason) if joules is None else joules

    def memory_of_process(self) -> int | None:
        """Device memory that this process holds, bytes; None in a container, where NVML counts by
        the host's process numbers."""
        used = self._ask("nvmlDeviceGetComputeRunningProcesses", read=_memory_of_this)
        return _as(int, used)

    def _violation_s(self, policy: str) -> float | None:
        return _as(float, self._ask("nvmlDeviceGetViolationStatus", policy, read=_violation_s))

    def _other_processes(self) -> int | None:
        return _as(int, self._ask("nvmlDeviceGetComputeRunningProcesses", read=_others))

    def _is_answered(self, function: str) -> bool:
        return self._ask(function, on_device=False, read=lambda _: True) is True

    def _ask(
        self,
        function: str,
        *arguments: str,
        on_device: bool = True,
        read: Callable[[Any], Any] | None = None,
    ) -> Any:
        """What `read` makes of the answer; None where anything at all goes wrong on the way.

        An older driver lacks functions, a GPU may be lost at any moment, and none of that may cost
        a measurement. An argument that is the name of a constant stands for it.
        """
        if self._nvml is None or (on_device and self._handle is None):
            return None
        try:
            values = [getattr(self._nvml, one, one) for one in arguments]
            asked = getattr(self._nvml, function)
            answer = asked(self._handle, *values) if on_device else asked(*values)
            return answer if read is None else read(answer)
        except Exception as error:
            self._reason = f"{function} raised {text_of(error)}"
            return None


def _as(kind: Callable[[Any], Told], value: Any) -> Told | None:
    return None if value is None else kind(value)


def _first(pair: Any) -> Any:
    """Of (current, pending) the current mode."""
    return pair[0]


def _violation_s(status: Any) -> Any:
    return status.violationTime / 1e9


def _memory_of_this(processes: Any) -> Any:
    """Of this process; None where it is not among them."""
    own = os.getpid()
    return next((process.usedGpuMemory for process in processes if process.pid == own), None)


def _others(processes: Any) -> int:
    others: int = sum(process.pid != os.getpid() for process in processes)
    # In a container NVML counts by the host's numbers, in which this process is not found.
    return others - 1 if others == len(processes) and others > 0 else others
