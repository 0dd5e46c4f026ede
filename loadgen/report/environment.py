"""Where a run took place: what two runs have to share before their figures are compared."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from loadgen.version import __version__

_LIBRARIES = ("grpcio", "hpack", "numpy", "tritonclient", "uvloop")


def environment() -> dict[str, Any]:
    """Return the versions, the platform, the machine, and the number of cores that this process may use."""
    return {
        "loadgen": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": _cores(),
        "memory_bytes": _memory_bytes(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _cpu() -> str | None:
    """Return the name of the processor. Python knows it on Windows and macOS at most; Linux has a file for it."""
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or None
    names = (line.partition(":")[2].strip() for line in described.splitlines() if line.startswith("model name"))
    return next(names, None)


def _memory_bytes() -> int | None:
    """Return how much memory the machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no such function, other systems not every name
        return None


def _cores() -> int | None:
    """Return how many cores there are for us, which in a container may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
