"""Ten minutes of full load, in which the memory of loadgen should stay flat: `python -m benchmarks.soak`.

The server is the real Triton, which answers from its response cache; the command runs one level that never ends. Its
resident memory and the server's count of requests are read four times a second (Linux).
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.memory import ENDLESS, FIRST_REQUESTS, REQUESTS, running, served
from benchmarks.repository import CACHED_MNIST, model_repository
from loadgen.compare.tools import loadgen
from loadgen.load.target import Target
from loadgen.triton.control import ControlPlane, control_plane
from loadgen.triton.server import TritonServer

GOAL_MIB = 20.0
_EVERY_S = 0.25
_MINUTE_S = 60.0


@dataclass(frozen=True)
class Sample:
    """How many requests were answered `elapsed_s` after the start, and the memory of loadgen at that time."""

    elapsed_s: float
    requests: int
    resident_mib: float

    def __str__(self) -> str:
        return f"{self.elapsed_s:5.0f} s  {self.requests:>12,} requests  {self.resident_mib:6.1f} MiB"


def main() -> int:
    """Soak, print a line for each minute and a verdict; return 1 if memory grew by more than the goal."""
    options = _options()
    with model_repository() as repository, TritonServer(repository, response_cache_mib=64) as server:
        url = server.http_url if options.protocol == "http" else server.grpc_url
        arguments = ("-m", CACHED_MNIST, "-i", options.protocol, "-u", url, *ENDLESS)
        with control_plane(Target(server.grpc_url, CACHED_MNIST)) as control:
            samples = list(_soak([*loadgen().command, *arguments], control, options.minutes * _MINUTE_S))
    for before, after in pairwise(each_minute(samples)):
        rate = (after.requests - before.requests) / (after.elapsed_s - before.elapsed_s)
        print(f"{after}  {rate:8.0f} requests/s")
    grown_mib = growth_mib(samples)
    print(f"from {FIRST_REQUESTS:,} to {REQUESTS:,} requests: {grown_mib:+.1f} MiB (goal: at most {GOAL_MIB:+.0f})")
    print(
        f"from there to the end: {samples[-1].resident_mib - after_requests(samples, REQUESTS).resident_mib:+.1f} MiB"
    )
    return int(grown_mib > GOAL_MIB)


def growth_mib(samples: Sequence[Sample]) -> float:
    """Return by how much memory grows from the first 10 000 requests to a million (at most to the end)."""
    return after_requests(samples, REQUESTS).resident_mib - after_requests(samples, FIRST_REQUESTS).resident_mib


def after_requests(samples: Sequence[Sample], requests: int) -> Sample:
    """Return the first sample with so many requests, else the last."""
    return next((sample for sample in samples if sample.requests >= requests), samples[-1])


def each_minute(samples: Sequence[Sample]) -> list[Sample]:
    """Return the first sample, the first of each minute, and the last."""
    minutes = [after for before, after in pairwise(samples) if before.elapsed_s // 60 != after.elapsed_s // 60]
    return [samples[0], *minutes, samples[-1]]


def _soak(command: Sequence[str], control: ControlPlane, duration_s: float) -> Iterator[Sample]:
    """Run the command, and yield samples until the time is up."""
    first = served(control)
    with running(command) as resident_mib:
        start_s = time.monotonic()
        while (elapsed_s := time.monotonic() - start_s) < duration_s:
            yield Sample(elapsed_s, served(control) - first, resident_mib())
            time.sleep(_EVERY_S)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    parser.add_argument("-i", dest="protocol", choices=("grpc", "http"), default="grpc", help="default: grpc")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
