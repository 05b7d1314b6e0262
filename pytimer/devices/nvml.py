"""What NVML tells of a GPU, without root; None for everything it does not tell."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from pytimer.devices.protocol import EnergyMeter, Health

Told = TypeVar("Told")


class Nvml:
    """One GPU, found by its UUID: NVML also counts GPUs that CUDA_VISIBLE_DEVICES hides."""

    def __init__(self, uuid: str) -> None:
        self._uuid = uuid
        self._nvml: ModuleType | None = None
        self._handle: Any = None

    def __enter__(self) -> Nvml:
        try:
            import pynvml
        except ImportError:
            return self
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError:
            return self
        self._nvml = pynvml
        self._handle = self._ask("nvmlDeviceGetHandleByUUID", f"GPU-{self._uuid}", on_device=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ask("nvmlShutdown", on_device=False)

    def driver_version(self) -> str | None:
        return _as(str, self._ask("nvmlSystemGetDriverVersion", on_device=False))

    def persistence_mode(self) -> bool | None:
        return _as(bool, self._ask("nvmlDeviceGetPersistenceMode"))

    def ecc_mode(self) -> bool | None:
        return _as(bool, _first(self._ask("nvmlDeviceGetEccMode")))

    def mig_mode(self) -> bool | None:
        return _as(bool, _first(self._ask("nvmlDeviceGetMigMode")))

    def virtualization(self) -> str | None:
        """ "none", "passthrough", "vgpu" or a host mode."""
        modes = ("none", "passthrough", "vgpu", "host vgpu", "host vsga")
        mode = self._ask("nvmlDeviceGetVirtualizationMode")
        return modes[mode] if isinstance(mode, int) and mode < len(modes) else None

    def health(self) -> Health:
        clock_mhz = self._ask("nvmlDeviceGetClockInfo", self._constant("NVML_CLOCK_SM"))
        utilisation = self._ask("nvmlDeviceGetUtilizationRates")
        return Health(
            sm_clock_hz=None if clock_mhz is None else clock_mhz * 1e6,
            power_capped_s=self._violation_s("NVML_PERF_POLICY_POWER"),
            throttled_s=self._violation_s("NVML_PERF_POLICY_THERMAL"),
            other_processes=self._other_processes(),
            utilisation=None if utilisation is None else utilisation.gpu / 100,
        )

    def energy_meter(self) -> EnergyMeter:
        """What the whole GPU has used since the driver was loaded; GPUs from Volta on count it."""
        if self._handle is None:
            return EnergyMeter.none("NVML does not answer (pip install nvidia-ml-py)")
        if self._energy_j() is None:
            return EnergyMeter.none("NVML counts no energy of this GPU")
        return EnergyMeter(self._energy_j)

    def _energy_j(self) -> float | None:
        millijoules = self._ask("nvmlDeviceGetTotalEnergyConsumption")
        return None if millijoules is None else millijoules / 1e3

    def memory_of_process(self) -> int | None:
        """Device memory that this process holds, bytes; None in a container, where NVML counts by
        the host's process numbers."""
        processes = self._ask("nvmlDeviceGetComputeRunningProcesses") or ()
        used = [process.usedGpuMemory for process in processes if process.pid == os.getpid()]
        return _as(int, used[0]) if used else None

    def _violation_s(self, policy: str) -> float | None:
        status = self._ask("nvmlDeviceGetViolationStatus", self._constant(policy))
        return None if status is None else status.violationTime / 1e9

    def _other_processes(self) -> int | None:
        processes = self._ask("nvmlDeviceGetComputeRunningProcesses")
        if processes is None:
            return None
        others: int = sum(process.pid != os.getpid() for process in processes)
        # In a container NVML counts by the host's numbers, in which this process is not found.
        return others - 1 if others == len(processes) and others > 0 else others

    def _constant(self, name: str) -> Any:
        return None if self._nvml is None else getattr(self._nvml, name)

    def _ask(self, function: str, *arguments: Any, on_device: bool = True) -> Any:
        if self._nvml is None or (on_device and self._handle is None):
            return None
        asked = getattr(self._nvml, function)
        try:
            return asked(self._handle, *arguments) if on_device else asked(*arguments)
        except self._nvml.NVMLError:
            return None


def _as(kind: Callable[[Any], Told], value: Any) -> Told | None:
    return None if value is None else kind(value)


def _first(pair: Any) -> Any:
    """Of (current, pending) the current mode."""
    return None if pair is None else pair[0]
