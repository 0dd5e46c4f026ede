"""How well loadgen and perf_analyzer --async keep a rate, by the receiver's clock: `python -m benchmarks.pacing`.

Both send at the same rates to a server that answers at once and writes down when each request came. The server shares
the processor with the tools; nothing else should run meanwhile. It takes some two minutes. Cores are those that the
tool kept busy, from its start to its end.
"""

import argparse
import os
import subprocess
from collections.abc import Sequence
from time import perf_counter

import numpy as np

from benchmarks.arrival_server import arrival_server
from benchmarks.arrivals import Arrivals, arrivals
from benchmarks.null_server import MODEL
from loadgen.compare.tools import Tool, loadgen, perf_analyzer

KINDS = ("constant", "poisson")
RATES = (200, 1000, 5000, 10_000)  # Above them perf_analyzer falls behind, and may take all the memory there is.
_HEADING = """\
| arrivals | asked /s | tool | sent /s | off by | jitter p50 us | p99 us | variation | K-S distance | cores |
|---|---|---|---|---|---|---|---|---|---|"""


def main() -> None:
    """Run both tools at each rate, constant and Poisson, and print a row for each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pacing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-p", dest="interval", type=int, default=1000, help="a third of a run, ms (default: 1000)")
    parser.add_argument("--rates", nargs="+", type=int, default=RATES, metavar="N", help="requests per second")
    parser.add_argument(
        "--arrivals", nargs="+", default=("constant", "poisson"), metavar="KIND", help="one kind of them"
    )
    options = parser.parse_args()
    print(_HEADING)
    for distribution in options.arrivals:
        for rate in options.rates:
            for tool in (perf_analyzer(), loadgen()):
                came, cores = _measure(tool, rate, distribution, options.interval)
                print(_row(distribution, rate, tool, came, cores), flush=True)


def _measure(tool: Tool, rate: int, distribution: str, interval_ms: int) -> tuple[Arrivals | None, float]:
    """Return what came of a tool, None if it did not end: above its limit perf_analyzer may go on for ever.

    And how many cores it kept busy.
    """
    with arrival_server() as (url, instants_ns):
        load = ("--async", "--request-rate-range", str(rate), "--request-distribution", distribution)
        windows = ("-p", str(interval_ms), "-s", "999", "-r", "3")
        command = (*tool.command, "-m", MODEL, "-i", "grpc", "-u", url, *load, *windows)
        try:
            cores = _run(command, timeout_s=30 + interval_ms / 100)
        except subprocess.TimeoutExpired:
            return None, 0
    return arrivals(np.array(instants_ns), rate), cores


def _run(command: Sequence[str], timeout_s: float) -> float:
    """Run a command; return how many cores it kept busy."""
    begin_s, before = perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    if done.returncode:
        raise SystemExit(f"{command[0]} left with {done.returncode}: {done.stderr.strip()}")
    after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu_s / (perf_counter() - begin_s)


def _row(distribution: str, rate: int, tool: Tool, came: Arrivals | None, cores: float) -> str:
    if came is None:
        return f"| {distribution} | {rate} | {tool.name} | did not end | - | - | - | - | - | - |"
    off = f"{100 * (came.rate / rate - 1):+.3f} %"
    # Of random gaps the difference from the period is no jitter, and constant ones are not exponential.
    jitter = (f"{came.jitter_p50_us:.0f}", f"{came.jitter_p99_us:.0f}", "-", "-")
    randomness = ("-", "-", f"{came.variation:.3f}", f"{came.distance:.4f}")
    figures = jitter if distribution == "constant" else randomness
    cells = (distribution, str(rate), tool.name, f"{came.rate:.1f}", off, *figures, f"{cores:.2f}")
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
