"""Put NVIDIA's perf_analyzer 24.10 into the virtual environment that runs this script: `.venv/bin/perf_analyzer`.

The binary comes out of NVIDIA's own `tritonclient` wheel, the last one whose binary starts on glibc 2.36. The wheel
itself is not installed: its Python packages are older than the ones that loadgen uses. Two shared libraries that the
binary misses are bundled in the nvidia-pytriton wheel under other file names: links under the right names are enough.
"""

import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from installing import InstallError, last_line, pip

WHEEL = "tritonclient==2.51.0"
WHEEL_PLATFORM = "manylinux1_x86_64"
WHEEL_FOLDER = "tritonclient-2.51.0.data/data"
MEMBERS = {f"{WHEEL_FOLDER}/bin/perf_analyzer": "perf_analyzer", f"{WHEEL_FOLDER}/LICENSE.txt": "LICENSE.txt"}

LIBRARIES = {"libb64.so.0d": "libb64-*.so.0d", "libcudart.so.12": "libcudart-*.so.12*"}

LAUNCHER = """#!/bin/sh
# Starts NVIDIA's perf_analyzer with the two shared libraries that it misses. exec: the process is the binary's own.
LD_LIBRARY_PATH="{folder}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}" exec "{folder}/perf_analyzer" "$@"
"""


def main() -> int:
    """Install unless it is there and starts; return the process's exit code."""
    environment = Path(sys.prefix)
    launcher = environment / "bin" / "perf_analyzer"
    try:
        if not starts(launcher):
            install(environment / "lib" / "perf_analyzer", launcher)
        print(f"{launcher}: {version(launcher)}")
    except InstallError as error:
        print(f"install_perf_analyzer: {error}", file=sys.stderr)
        return 1
    return 0


def starts(launcher: Path) -> bool:
    """Tell whether perf_analyzer is installed and starts, so that there is nothing to do."""
    try:
        return launcher.is_file() and bool(version(launcher))
    except InstallError:
        return False


def version(launcher: Path) -> str:
    """Return what `perf_analyzer --version` says, on stderr. Raises InstallError when it does not start."""
    asked = subprocess.run([launcher, "--version"], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise InstallError(f"{launcher} does not start: {last_line(asked.stderr)}")
    return asked.stderr.strip()


def install(folder: Path, launcher: Path) -> None:
    """Unpack the binary into `folder`, link its libraries beside it, and write the launcher."""
    require_platform()
    libraries = {name: bundled_library(pattern) for name, pattern in LIBRARIES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    unpack_wheel(folder)
    for name, source in libraries.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(source)
    launcher.write_text(LAUNCHER.format(folder=folder), encoding="utf-8")
    launcher.chmod(0o755)


def require_platform() -> None:
    """Raise InstallError where NVIDIA's binary cannot run."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise InstallError(
            f"NVIDIA's perf_analyzer exists for Linux on x86-64 only, not for {sys.platform} on {platform.machine()}; "
            "loadgen works without it, except for `loadgen compare`"
        )


def bundled_library(pattern: str) -> Path:
    """Return the shared library of the nvidia-pytriton wheel that matches `pattern`."""
    folder = Path(sysconfig.get_path("platlib")) / "nvidia_pytriton.libs"
    found = sorted(folder.glob(pattern))
    if not found:
        raise InstallError(f"{folder} holds no {pattern}: install nvidia-pytriton first, `pip install '.[server]'`")
    return found[0]


def unpack_wheel(folder: Path) -> None:
    """Download NVIDIA's wheel into a temporary folder, and take only the binary and its licence out of it."""
    with tempfile.TemporaryDirectory() as temporary:
        download(Path(temporary))
        wheel = next(Path(temporary).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for member, name in MEMBERS.items():
                with archive.open(member) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    (folder / "perf_analyzer").chmod(0o755)


def download(folder: Path) -> None:
    """Let pip bring the wheel."""
    words = ["download", "--no-deps", "--only-binary=:all:", "--platform", WHEEL_PLATFORM, "--dest", str(folder), WHEEL]
    pip(*words, failure=f"pip could not download {WHEEL}, which carries perf_analyzer")


if __name__ == "__main__":
    sys.exit(main())
