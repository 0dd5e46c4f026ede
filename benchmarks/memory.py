"""How much memory the `loadgen` command takes while it sends a million requests (Linux)."""

import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from loadgen.compare.tools import loadgen
from loadgen.errors import LoadgenError
from loadgen.load.target import Target
from loadgen.triton.control import ControlPlane, control_plane

FIRST_REQUESTS = 10_000
REQUESTS = 1_000_000

_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
_POLL_S = 0.02
_STOP_TIMEOUT_S = 30.0
# A level that is never stable, and never gives up: it goes on until it is interrupted.
ENDLESS = ("-s", "0", "-r", "1000000", "--concurrency-range", "64")


def memory_growth_mib(target: Target, interval_ms: int) -> float:
    """Return by how many MiB the resident memory grows from the first 10 000 requests to a million.

    Raises LoadgenError when loadgen ends before that.
    """
    command = [*loadgen().command, "-m", target.model, "-u", target.url, "-p", str(interval_ms), *ENDLESS]
    with control_plane(target) as control, running(command) as resident_mib:
        before = served(control)
        at_first, in_the_end = (
            _resident_mib_after(before + requests, control, resident_mib) for requests in (FIRST_REQUESTS, REQUESTS)
        )
    return in_the_end - at_first


def _resident_mib_after(requests: int, control: ControlPlane, resident_mib: Callable[[], float]) -> float:
    while served(control) < requests:
        resident_mib()  # raises when nothing more will come
        time.sleep(_POLL_S)
    return resident_mib()


def served(control: ControlPlane) -> int:
    """Return how many requests the server has answered."""
    counters = control.statistics()
    assert counters is not None  # the null server keeps them
    return counters.success.count


@contextmanager
def running(command: Sequence[str]) -> Iterator[Callable[[], float]]:
    """Run a command until the block ends, and yield what tells its resident memory in MiB."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, process_group=0) as process,
    ):
        try:
            yield lambda: _resident_mib(process, errors)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _resident_mib(process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> float:
    found = _RESIDENT.search(Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8"))
    if found is None:  # A process that has ended has no memory.
        errors.seek(0)
        reason = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        raise LoadgenError(f"loadgen ended before its time: {reason or 'it gives no reason'}")
    return int(found[1]) / 1024
