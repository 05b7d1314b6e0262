"""Facts of the host that the standard library does not tell."""

from __future__ import annotations

import platform
from contextlib import suppress
from pathlib import Path

import psutil


def cpu_model() -> str | None:
    """The processor's marketing name, or its architecture where the system does not tell."""
    named = _cpuinfo("model name", "Model", "cpu model")
    return named or platform.processor() or platform.machine() or None


def cpu_flags() -> frozenset[str]:
    """The processor's features by the kernel's names, such as "avx2"; empty where not told."""
    return frozenset((_cpuinfo("flags", "Features") or "").split())


def _cpuinfo(*keys: str) -> str | None:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in keys:
                return value.strip()
    return None


def cpu_governor() -> str | None:
    """Frequency governor of the first processor, such as "performance"; None if none is told."""
    with suppress(OSError):
        return Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").read_text().strip()
    return None


def total_memory_bytes() -> int:
    return int(psutil.virtual_memory().total)


def last_level_cache_bytes() -> int:
    """Size of the processor's last-level cache; 32 MiB where the system does not tell."""
    sizes = [32 * 2**20]
    for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        with suppress(OSError, ValueError):
            sizes.append(int(path.read_text().strip().removesuffix("K")) * 1024)
    return sizes[-1] if len(sizes) == 1 else max(sizes[1:])
