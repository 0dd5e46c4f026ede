"""How well loadgen and perf_analyzer --async keep a rate, by the receiver's clock: `python -m benchmarks.pacing`.

Both send at the same rates to two servers: the MNIST model on a real Triton with its response cache, and a server that
answers at once on a core of its own, for rates that Triton does not bear. When each request came is written down by the
kernel, so this needs Linux and the right to capture packets (CAP_NET_RAW). The servers share the processor with the
tools; nothing else should run meanwhile. It takes some four minutes. Cores are those that the tool kept busy, from its
start to its end.
"""

import argparse
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from time import perf_counter
from typing import NamedTuple

from benchmarks.arrivals import Arrivals, arrivals
from benchmarks.awake_server import awake_server
from benchmarks.capture import Capture
from benchmarks.memory import served
from benchmarks.null_server import MODEL
from benchmarks.repository import CACHED_MNIST, model_repository
from loadgen.compare.tools import Tool, loadgen, perf_analyzer
from loadgen.load.target import Target
from loadgen.triton.control import control_plane
from loadgen.triton.server import TritonServer

KINDS = ("constant", "poisson")
TRITON, AWAKE = "triton", "awake"
RATES = {TRITON: (200, 1000, 5000), AWAKE: (200, 1000, 5000, 10_000)}
"""Above them perf_analyzer falls behind, and may take all the memory there is."""

_INPUT_SIZE = 1 * 28 * 28 * 4  # bytes, of both models
_PACKETS_PER_REQUEST = 8  # and more than are sent: the request, the reply, and what acknowledges them
_PACKETS_BESIDES = 20_000
_WINDOWS = 4  # three, and what is sent before and after them
_MISSING = 0.001  # Some requests stand in two packets, and perf_analyzer leaves without waiting for its last ones.
_NOTHING = ("did not end", *"-" * 6)
_HEADING = """\
| server | arrivals | asked /s | tool | sent /s | off by | jitter p50 us | p99 us | variation | K-S distance | cores |
|---|---|---|---|---|---|---|---|---|---|---|"""


class Case(NamedTuple):
    """What both tools are asked for."""

    server: str
    distribution: str
    rate: int


class Kept(NamedTuple):
    """What came of a tool, and how many cores it kept busy meanwhile."""

    arrivals: Arrivals
    cores: float


def main() -> None:
    """Run both tools at each rate, constant and Poisson, and print a row for each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pacing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-p", dest="interval", type=int, default=2000, help="a third of a run, ms (default: 2000)")
    parser.add_argument("--servers", nargs="+", default=tuple(RATES), choices=tuple(RATES), help="one of them")
    parser.add_argument("--rates", nargs="+", type=int, metavar="N", help="other rates, in requests per second")
    parser.add_argument("--arrivals", nargs="+", default=KINDS, choices=KINDS, help="one kind of them")
    options = parser.parse_args()
    print(_HEADING)
    for server in options.servers:
        with _server(server) as target:
            for distribution, rate in product(options.arrivals, options.rates or RATES[server]):
                case = Case(server, distribution, rate)
                for tool in (perf_analyzer(), loadgen()):
                    print(_row(case, tool, _measure(tool, target, case, options.interval)), flush=True)


@contextmanager
def _server(kind: str) -> Iterator[Target]:
    if kind == AWAKE:
        with awake_server() as url:
            yield Target(url, MODEL)
    else:
        with model_repository() as repository, TritonServer(repository, response_cache_mib=64) as server:
            yield Target(server.grpc_url, CACHED_MNIST)


def _measure(tool: Tool, target: Target, case: Case, interval_ms: int) -> Kept | None:
    """Return what came of a tool, None if it did not end: above its limit perf_analyzer may go on for ever."""
    load = ("--async", "--request-rate-range", str(case.rate), "--request-distribution", case.distribution)
    windows = ("-p", str(interval_ms), "-s", "9999", "-r", "3")
    command = (*tool.command, "-m", target.model, "-i", "grpc", "-u", target.url, *load, *windows)
    packets = _PACKETS_PER_REQUEST * case.rate * interval_ms * _WINDOWS // 1000 + _PACKETS_BESIDES
    with control_plane(target) as control:
        before = served(control)
        try:
            with Capture(packets) as capture:
                cores = _run(command, timeout_s=30 + interval_ms / 100)
        except subprocess.TimeoutExpired:
            return None
        answered = served(control) - before
    instants_ns = capture.requests_ns(int(target.url.rpartition(":")[2]), _INPUT_SIZE)
    if abs(len(instants_ns) - answered) > _MISSING * answered:
        raise SystemExit(f"{tool.name}: {answered} requests were answered, but {len(instants_ns)} seen to come")
    return Kept(arrivals(instants_ns, case.rate), cores)


def _run(command: Sequence[str], timeout_s: float) -> float:
    """Run a command; return how many cores it kept busy."""
    begin_s, before = perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    if done.returncode:
        raise SystemExit(f"{command[0]} left with {done.returncode}: {done.stderr.strip()}")
    after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu_s / (perf_counter() - begin_s)


def _row(case: Case, tool: Tool, kept: Kept | None) -> str:
    figures = _NOTHING if kept is None else _figures(case, kept.arrivals, kept.cores)
    return "| " + " | ".join((*map(str, case), tool.name, *figures)) + " |"


def _figures(case: Case, came: Arrivals, cores: float) -> tuple[str, ...]:
    rate = (f"{came.rate:.1f}", f"{100 * (came.rate / case.rate - 1):+.3f} %")
    # Of random gaps the difference from the period is no jitter, and constant ones are not exponential.
    jitter = (f"{came.jitter_p50_us:.0f}", f"{came.jitter_p99_us:.0f}", "-", "-")
    randomness = ("-", "-", f"{came.variation:.3f}", f"{came.distance:.4f}")
    return (*rate, *(jitter if case.distribution == "constant" else randomness), f"{cores:.2f}")


if __name__ == "__main__":
    main()
