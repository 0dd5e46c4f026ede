"""Where a run took place: what two runs have to share before their figures are compared."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from loadgen.version import __version__

_LIBRARIES = ("grpcio", "hpack", "numpy", "tritonclient", "uvloop")


def environment() -> dict[str, Any]:
    """Return the versions, the platform, and the number of cores that this process may use."""
    return {
        "loadgen": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": _cores(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _cores() -> int | None:
    """Return how many cores there are for us, which in a container may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
