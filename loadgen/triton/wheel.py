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
from ctypes.util import find_library
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from loadgen.errors import ServerError

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
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
    stub = root / "tritonserver" / "python_backend_stubs" / _PYTHON / "triton_python_backend_stub"
    if not stub.exists():
        raise ServerError(f"the embedded Triton has no Python backend for Python {_PYTHON}: use Python 3.11 or 3.12")
    return Wheel(
        server=root / "tritonserver" / "bin" / "tritonserver",
        python_backend=root / "tritonserver" / "backends" / "python",
        stub=stub,
        caches=root / "tritonserver" / "caches",
        library_path=(*_python_library_folders(), root.parent / "nvidia_pytriton.libs"),
    )


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(f"the embedded Triton is not installed: {_INSTALL}")
    return Path(spec.origin).parent


def _python_library_folders() -> tuple[Path, ...]:
    """Return where the shared library of this Python lies, which the stub embeds; nothing where the system knows it."""
    name = f"libpython{_PYTHON}.so.1.0"
    # A Python that was moved after it was built (uv, conda) has another place in LIBDIR.
    folders = (Path(sysconfig.get_config_var("LIBDIR")), Path(sys.base_prefix) / "lib")
    found = tuple(folder for folder in folders if (folder / name).exists())
    if not found and find_library(f"python{_PYTHON}") is None:
        raise ServerError(f"the embedded Triton needs {name}, which this Python lacks: install libpython{_PYTHON}")
    return found


def _require_onnxruntime_and_numpy_1() -> None:
    if find_spec("onnxruntime") is None:
        raise ServerError(f"onnxruntime is not installed: {_INSTALL}")
    numpy = metadata.version("numpy")
    if int(numpy.partition(".")[0]) >= 2:
        raise ServerError(
            f"the embedded Triton answers with wrong tensors where numpy is {numpy}: pip install 'numpy<2'"
        )
