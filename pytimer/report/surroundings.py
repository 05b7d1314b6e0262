"""Environment and caveats."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pytimer import codec
from pytimer.caveats import Caveat
from pytimer.devices import DeviceFacts
from pytimer.environment import Environment
from pytimer.units import mebibytes


def show_environment(environment: Environment, console: Console) -> None:
    console.print(Text("Environment", "bold"))
    for name, value in environment_rows(environment):
        console.print(Text(f"  {name:<9} {value}"), soft_wrap=True)


def environment_rows(environment: Environment) -> list[tuple[str, str]]:
    """Names and values, in the order in which they are shown."""
    host, torch, device = environment.host, environment.torch, environment.device
    cores = f"{host.usable_cores or host.cores} cores"
    rows = [("host", f"{host.cpu}, {cores}, {mebibytes(host.total_memory_bytes)} MiB")]
    if host.governor is not None:
        rows.append(("governor", host.governor))
    if device.cuda_runtime_version is not None:
        persistence = {True: "on", False: "off", None: "unknown"}[device.persistence_mode]
        rows += [
            ("device", f"{device.model}, {mebibytes(device.total_memory_bytes)} MiB"),
            (
                "CUDA",
                f"runtime {device.cuda_runtime_version}, driver {device.driver_version or '?'}, "
                f"persistence mode {persistence}",
            ),
        ]
    elif device.name != "cpu":
        rows.append(("device", _accelerator_row(device)))
    if torch is not None:
        settings = torch.settings
        precision = settings.float32_matmul_precision or "set for single backends"
        rows.append(
            (
                "torch",
                f"{torch.version}, {settings.threads} threads, matmul precision {precision}",
            )
        )
    if environment.python_version is None:
        rows.append(("pytimer", f"{environment.pytimer_version}, in C++"))
    else:
        python = f"{environment.python_version}, pytimer {environment.pytimer_version}"
        rows.append(("python", python))
    return [*rows, *environment.variables.items()]


def show_all_settings(environment: Environment, console: Console) -> None:
    """Every recorded fact, by the names it has in result files."""
    console.print(Text("Settings", "bold"))
    for name, value in codec.flat(codec.encode(environment)):
        console.print(Text(f"  {name}  {value}"), soft_wrap=True)


def _accelerator_row(device: DeviceFacts) -> str:
    parts = [device.model or device.name]
    if device.total_memory_bytes is not None:
        parts.append(f"{mebibytes(device.total_memory_bytes)} MiB")
    if device.driver_version is not None:
        parts.append(f"driver {device.driver_version}")
    return ", ".join(parts)


def show_caveats(caveats: list[Caveat], console: Console) -> None:
    unique = list(dict.fromkeys(caveats))
    if not unique:
        return
    console.print()
    console.print(Text("Caveats", "bold"))
    for caveat in unique:
        console.print(Text(f"  {caveat.name}: {caveat.message}"), soft_wrap=True)
        console.print(Text(f"    → {caveat.remedy}"), soft_wrap=True)
