"""What surrounds a measurement and may change it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

import pytimer
from pytimer import codec
from pytimer.devices import Device, DeviceFacts
from pytimer.host_facts import cpu_governor, cpu_model, total_memory_bytes
from pytimer.torch_settings import TorchSettings

VARIABLES = (
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_LAUNCH_BLOCKING",
    "CUDA_MODULE_LOADING",
    "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
    "CUDA_MPS_PIPE_DIRECTORY",
    "CUDA_VISIBLE_DEVICES",
    "GOMP_CPU_AFFINITY",
    "KMP_AFFINITY",
    "KMP_BLOCKTIME",
    "MKL_NUM_THREADS",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_NUM_THREADS",
    "OMP_PROC_BIND",
    "ONEDNN_MAX_CPU_ISA",
    "PYTORCH_ALLOC_CONF",
    "PYTORCH_CUDA_ALLOC_CONF",
    "PYTORCH_NO_CUDA_MEMORY_CACHING",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
)
"""Environment variables that change a timing; those that are set are recorded."""

_HOST_MEMORY = frozenset({"host.total_memory_bytes"})
"""What a host has to offer varies with each update of its kernel, and no timing with it."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """The machine. `usable_cores`: the cores this process may use."""

    system: str
    cpu: str | None
    cores: int | None
    usable_cores: int | None
    governor: str | None
    total_memory_bytes: int


@dataclass(frozen=True, slots=True)
class TorchFacts:
    """torch and the settings of it that change a timing."""

    version: str
    cuda_version: str | None
    cudnn_version: int | None
    interop_threads: int
    settings: TorchSettings


@dataclass(frozen=True, slots=True)
class Environment:
    """What surrounds a measurement: results of different environments are not comparable.

    A C++ harness has no Python, and may have no torch: then these are None.
    """

    pytimer_version: str
    python_version: str | None
    host: HostFacts
    torch: TorchFacts | None
    device: DeviceFacts
    variables: Mapping[str, str]


def capture(device: Device) -> Environment:
    """The environment as it is now. Asks the device for its facts; measures nothing."""
    return Environment(
        pytimer_version=pytimer.__version__,
        python_version=platform.python_version(),
        host=HostFacts(
            system=platform.platform(),
            cpu=cpu_model(),
            cores=os.cpu_count(),
            usable_cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
            governor=cpu_governor(),
            total_memory_bytes=total_memory_bytes(),
        ),
        torch=_torch_facts(),
        device=device.facts(),
        variables={name: os.environ[name] for name in VARIABLES if name in os.environ},
    )


def _torch_facts() -> TorchFacts:
    return TorchFacts(
        version=str(torch.__version__),  # it is a subclass
        cuda_version=torch.version.cuda,
        cudnn_version=torch.backends.cudnn.version(),
        interop_threads=torch.get_num_interop_threads(),
        settings=TorchSettings.here(),
    )


def differences(
    base: Environment, new: Environment, called: tuple[str, str] = ("base", "new")
) -> tuple[str, ...]:
    """Each difference that may change a timing, as "torch.version: 2.11.0 in base, 2.13.0 in new".

    Args:
        called: how the two are named in that.
    """
    before, after = dict(codec.flat(codec.encode(base))), dict(codec.flat(codec.encode(new)))
    host_memory = _HOST_MEMORY
    if base.device.name == new.device.name == "cpu":
        host_memory |= {"device.total_memory_bytes"}
    names = (name for name in dict.fromkeys((*before, *after)) if name not in host_memory)
    return tuple(
        f"{name}: {_shown(before, name)} in {called[0]}, {_shown(after, name)} in {called[1]}"
        for name in names
        if _shown(before, name) != _shown(after, name)
    )


def _shown(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "not there" if value is None else str(value)
