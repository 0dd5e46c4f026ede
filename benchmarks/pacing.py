"""How well loadgen and perf_analyzer --async keep a rate, by the receiver's clock: `python -m benchmarks.pacing`.

Both send at the same rates to a server that answers at once and writes down when each request came. The server shares
the processor with the tools; nothing else should run meanwhile. It takes some two minutes.
"""

import argparse
import subprocess
from collections.abc import Sequence

import numpy as np

from benchmarks.arrival_server import arrival_server
from benchmarks.arrivals import Arrivals, arrivals
from benchmarks.null_server import MODEL
from loadgen.compare.tools import Tool, loadgen, perf_analyzer

KINDS = ("constant", "poisson")
RATES = (200, 1000, 5000, 10_000)  # Above them perf_analyzer falls behind, and may take all the memory there is.
_HEADING = """\
| arrivals | asked /s | tool | sent /s | off by | jitter p50 us | p99 us | variation | K-S distance |
|---|---|---|---|---|---|---|---|---|"""


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
                measured = _measure(tool, rate, distribution, options.interval)
                print(_row(distribution, rate, tool, measured), flush=True)


def _measure(tool: Tool, rate: int, distribution: str, interval_ms: int) -> Arrivals | None:
    """Return what came of a tool, None if it did not end: above its limit perf_analyzer may go on for ever."""
    with arrival_server() as (url, instants_ns):
        load = ("--async", "--request-rate-range", str(rate), "--request-distribution", distribution)
        windows = ("-p", str(interval_ms), "-s", "999", "-r", "3")
        command = (*tool.command, "-m", MODEL, "-i", "grpc", "-u", url, *load, *windows)
        try:
            _run(command, timeout_s=30 + interval_ms / 100)
        except subprocess.TimeoutExpired:
            return None
    return arrivals(np.array(instants_ns), rate)


def _run(command: Sequence[str], timeout_s: float) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    if done.returncode:
        raise SystemExit(f"{command[0]} left with {done.returncode}: {done.stderr.strip()}")


def _row(distribution: str, rate: int, tool: Tool, measured: Arrivals | None) -> str:
    if measured is None:
        return f"| {distribution} | {rate} | {tool.name} | did not end | - | - | - | - | - |"
    off = f"{100 * (measured.rate / rate - 1):+.3f} %"
    # Of random gaps the difference from the period is no jitter, and constant ones are not exponential.
    jitter = (f"{measured.jitter_p50_us:.0f}", f"{measured.jitter_p99_us:.0f}", "-", "-")
    randomness = ("-", "-", f"{measured.variation:.3f}", f"{measured.distance:.4f}")
    figures = jitter if distribution == "constant" else randomness
    return "| " + " | ".join([distribution, str(rate), tool.name, f"{measured.rate:.1f}", off, *figures]) + " |"


if __name__ == "__main__":
    main()
