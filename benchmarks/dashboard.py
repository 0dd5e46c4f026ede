"""Whether watching changes what is measured: `python -m benchmarks.dashboard [PAIRS]`, some 8 seconds for each pair.

The command runs with the dashboard and with plain lines, in turn, to and fro, both on a pseudo-terminal that somebody
reads, on the MNIST model with the response cache. Medians over the pairs count; the exit code is 1 when the dashboard
takes too much.
"""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
from contextlib import suppress
from pathlib import Path
from statistics import median

from benchmarks.repository import CACHED_MNIST, model_repository
from loadgen.triton.server import TritonServer

PAIRS = 10
MOST = 0.03
"""So much throughput may be lost, and so much latency be added."""
_COLUMNS, _LINES = 140, 40
_WINDOWS = ("-p", "700", "-s", "999", "-r", "3")


def main() -> int:
    """Print what the dashboard does to throughput and latency; return 1 if it is too much."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with model_repository() as repository, TritonServer(repository, response_cache_mib=64) as server:
        _run(server.grpc_url, 8, "plain")  # warm
        lost = 1 - _effect(server.grpc_url, 8, "throughput", pairs)
        added = _effect(server.grpc_url, 1, "average_us", pairs) - 1
    print(f"concurrency 8: the dashboard takes {lost:+.1%} of the throughput, at most {MOST:.0%} may be")
    print(f"concurrency 1: the dashboard adds {added:+.1%} to the average latency, at most {MOST:.0%} may be")
    return int(max(lost, added) > MOST)


def _effect(url: str, concurrency: int, figure: str, pairs: int) -> float:
    """Return the median of a figure with the dashboard by that without it."""
    runs: dict[str, list[float]] = {"dashboard": [], "plain": []}
    for index in range(pairs):
        for ui in list(runs)[:: 1 if index % 2 == 0 else -1]:
            runs[ui].append(_run(url, concurrency, ui)[figure])
        print(
            f"concurrency {concurrency}, {figure}: {', '.join(f'{ui} {runs[ui][-1]:.1f}' for ui in runs)}",
            file=sys.stderr,
        )
    return median(runs["dashboard"]) / median(runs["plain"])


def _run(url: str, concurrency: int, ui: str) -> dict[str, float]:
    """Return the figures of a level, measured by the command on a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.json"
        command = [sys.executable, "-m", "loadgen", "-m", CACHED_MNIST, "-u", url, *_WINDOWS, "--ui", ui]
        _on_terminal([*command, "--concurrency-range", str(concurrency), "--json", str(file)])
        figures: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))["levels"][0]
    return figures


def _on_terminal(command: list[str]) -> None:
    """Run a command on a pseudo-terminal, and read what it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        with suppress(OSError):  # Linux's way of saying that nobody writes any more
            while os.read(ours, 1 << 16):
                pass
    os.close(ours)


if __name__ == "__main__":
    sys.exit(main())
