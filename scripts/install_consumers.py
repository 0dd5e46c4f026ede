"""Put NVIDIA's Model Analyzer and genai-perf into an environment of their own, `.venv/consumers`.

The tests let them run loadgen and read what it writes. `consumers.txt` beside this script says which versions.
"""

import subprocess
import sys
import venv
from pathlib import Path

from installing import InstallError, last_line, pip

REQUIREMENTS = Path(__file__).with_name("consumers.txt")
PROBE = "import genai_perf.profile_data_parser, model_analyzer.entrypoint"


def main() -> int:
    """Install unless what is there is what is required; return the process's exit code."""
    folder = Path(sys.prefix) / "consumers"
    try:
        if not is_installed(folder):
            install(folder)
    except InstallError as error:
        print(f"install_consumers: {error}", file=sys.stderr)
        return 1
    print(f"{folder}: Model Analyzer and genai-perf, as {REQUIREMENTS.name} has them")
    return 0


def is_installed(folder: Path) -> bool:
    """Tell whether an installation of these very requirements has been completed, so that there is nothing to do."""
    stamp = stamp_of(folder)
    return stamp.is_file() and stamp.read_bytes() == REQUIREMENTS.read_bytes()


def stamp_of(folder: Path) -> Path:
    """Return the file that says what is installed; it is written last."""
    return folder / REQUIREMENTS.name


def install(folder: Path) -> None:
    """Make the environment anew. Raises InstallError."""
    venv.create(folder, clear=True, symlinks=True)
    python = folder / "bin" / "python"
    words = ["--python", str(python), "install", "--no-deps", "--only-binary=:all:", "-r", str(REQUIREMENTS)]
    pip(*words, failure="pip could not install Model Analyzer and genai-perf")
    probe = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise InstallError(f"Model Analyzer and genai-perf do not start: {last_line(probe.stderr)}")
    stamp_of(folder).write_bytes(REQUIREMENTS.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
