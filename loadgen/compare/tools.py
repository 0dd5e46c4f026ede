"""The two tools as programs: where they are, and one run of one of them with what it cost."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loadgen.errors import ConfigError

_STOP_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Tool:
    """A load generator: its name for the user, and the words that start it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Finished:
    """A process that ended. `cpu_s` is all its processor time, user and system, from start-up to exit."""

    exit_code: int
    output: str
    errors: str
    cpu_s: float


def loadgen() -> Tool:
    """Return this loadgen as a program of its own."""
    return Tool("loadgen", (sys.executable, "-m", "loadgen"))


def perf_analyzer(path: str | None = None) -> Tool:
    """Return NVIDIA's tool: `path`, else the one on PATH, else the one beside this Python.

    Raises ConfigError where it is not.
    """
    if path is not None and shutil.which(path) is None:
        raise ConfigError(f"--perf-analyzer {path}: this is not a program that can be run")
    found = path or shutil.which("perf_analyzer") or shutil.which("perf_analyzer", path=Path(sys.executable).parent)
    if found is None:
        raise ConfigError(
            f"perf_analyzer is neither on PATH nor in {Path(sys.executable).parent}: `make setup` in loadgen's "
            "repository takes it from NVIDIA's tritonclient 2.51.0 wheel, --perf-analyzer PATH names one that you have"
        )
    return Tool("perf_analyzer", (found,))


def run_process(command: Sequence[str]) -> Finished:
    """Run `command` to its end. Interrupted, it stops the process before the exception goes on."""
    # Files, not pipes: nobody has to read while the process runs, and os.wait4 alone tells what the process cost.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # A process group of its own: Ctrl-C reaches the tool only by us, once. A second one makes it drop its requests.
        process = subprocess.Popen(  # noqa: S603 - a tool that the user named, or ourselves
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, process_group=0
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _stop(process)
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        return Finished(process.returncode, _text(output), _text(errors), usage.ru_utime + usage.ru_stime)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Let the tool wait for its requests in flight, as it does on an interrupt; kill it if that takes too long."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
