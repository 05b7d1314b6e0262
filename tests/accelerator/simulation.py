"""The simulated PrivateUse1 device from Python."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

import torch

from pytimer._core import AcceleratorClock
from pytimer._torch import Accelerator
from pytimer.devices import AcceleratorDevice

SOURCE = Path(__file__).with_name("simulated_privateuse1.cpp")
CURRENT_STREAM = -1


def build(folder: Path) -> Path:
    """Compiles the device into `folder` and returns the library."""
    library = folder / "libsimulated_privateuse1.so"
    root = Path(torch.__file__).parent
    compiler = os.environ.get("CXX", "g++")
    flags = ["-std=c++20", "-O1", "-Wall", "-shared", "-fPIC", "-isystem", str(root / "include")]
    link = [f"-L{root / 'lib'}", "-lc10", "-ltorch_cpu"]
    subprocess.run([compiler, *flags, str(SOURCE), "-o", str(library), *link], check=True)
    return library


class Simulation:
    """Controls the device; see simulated_privateuse1.cpp. Times are nanoseconds."""

    def __init__(self, library: Path, name: str) -> None:
        self._library = ctypes.CDLL(str(library))
        self.name = name
        self._library.sim_now_ns.restype = ctypes.c_int64
        self._library.sim_log.restype = ctypes.c_char_p
        self._library.sim_launch.argtypes = [ctypes.c_int64, ctypes.c_int64]
        for function in ("sim_host_work", "sim_set_launch_cost", "sim_set_record_cost"):
            getattr(self._library, function).argtypes = [ctypes.c_int64]
        self.now_address = ctypes.cast(self._library.sim_now_ns, ctypes.c_void_p).value
        self.now_ns = self._library.sim_now_ns
        self.register_hooks = self._library.sim_register_hooks
        self.fail_at = self._library.sim_fail_at
        self.reset = self._library.sim_reset
        self.host_work = self._library.sim_host_work
        self.set_launch_cost = self._library.sim_set_launch_cost
        self.set_record_cost = self._library.sim_set_record_cost
        self.fail_asynchronously = self._library.sim_fail_asynchronously
        self.live_events = self._library.sim_live_events
        self.most_live_events = self._library.sim_most_live_events
        self.current_device = self._library.sim_current_device

    def launch(self, duration_ns: int, stream: int = CURRENT_STREAM) -> None:
        """Puts a kernel on a stream of the current device, as a model would."""
        self._library.sim_launch(duration_ns, stream)

    def create_stream(self) -> int:
        return torch.Stream(torch.device(self.name, 0)).stream_id

    def fail_call(self, name: str, nth: int) -> None:
        self._library.sim_fail_call(name.encode(), nth)

    def calls(self, name: str) -> int:
        return self._library.sim_calls(name.encode())

    def log(self) -> list[str]:
        return self._library.sim_log().decode().split()

    def device(self, index: int = 0) -> VirtualTimeDevice:
        return VirtualTimeDevice(self, index)


class VirtualTimeDevice(AcceleratorDevice):
    """The device with the simulation's host clock; tensors stay where they are."""

    def __init__(self, simulation: Simulation, index: int) -> None:
        super().__init__(torch.device(simulation.name, index))
        self._simulation = simulation

    def native_clock(self) -> AcceleratorClock:
        stream = Accelerator(self._simulation.name).current_stream(self.index)
        return AcceleratorClock(stream, self._simulation.now_address)

    def host_now_ns(self) -> int:
        return self._simulation.now_ns()

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor
