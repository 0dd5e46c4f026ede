"""Where the parts of the nvidia-pytriton wheel lie: the real `tritonserver` for Linux x86-64, without its container.

The wheel's own Python package is never imported (it is heavy, and we need its files alone):

    pytriton/tritonserver/bin/tritonserver                             the server, Triton 2.51 in version 0.7
    pytriton/tritonserver/backends/python/                             the Python backend without its stub
    pytriton/tritonserver/python_backend_stubs/<X.Y>/                  the stub for each version of Python
    pytriton/tritonserver/caches/local/                                the response cache
    nvidia_pytriton.libs/                                              shared libraries of all of them
"""

import platform
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from loadgen.errors import ServerError

_INSTALL = "pip install 'loadgen[server]'"


@dataclass(frozen=True)
class Wheel:
    """Paths to the parts of the wheel that a server needs, for the running version of Python."""

    server: Path
    python_backend: Path
    stub: Path
    caches: Path
    library_path: tuple[Path, ...]
    """folders for LD_LIBRARY_PATH"""


def locate_wheel() -> Wheel:
    """Find the parts of the wheel; raise ServerError with what is missing and how to get it."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        here = f"{sys.platform} {platform.machine()}"
        raise ServerError(f"the embedded Triton exists for Linux x86-64 only, and this is {here}")
    root = _package_folder("pytriton")
    _require_onnxruntime_and_numpy_1()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = root / "tritonserver" / "python_backend_stubs" / python / "triton_python_backend_stub"
    if not stub.exists():
        raise ServerError(f"the embedded Triton has no Python backend for Python {python}: use Python 3.11 or 3.12")
    return Wheel(
        server=root / "tritonserver" / "bin" / "tritonserver",
        python_backend=root / "tritonserver" / "backends" / "python",
        stub=stub,
        caches=root / "tritonserver" / "caches",
        # The stub embeds Python: it looks for libpythonX.Y.so, which only Python itself knows the place of.
        library_path=(Path(sysconfig.get_config_var("LIBDIR")), root.parent / "nvidia_pytriton.libs"),
    )


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(f"the embedded Triton is not installed: {_INSTALL}")
    return Path(spec.origin).parent


def _require_onnxruntime_and_numpy_1() -> None:
    if find_spec("onnxruntime") is None:
        raise ServerError(f"onnxruntime is not installed: {_INSTALL}")
    numpy = metadata.version("numpy")
    if int(numpy.partition(".")[0]) >= 2:
        raise ServerError(
            f"the embedded Triton answers with wrong tensors where numpy is {numpy}: pip install 'numpy<2'"
        )
