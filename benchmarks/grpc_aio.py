"""A closed loop on grpc.aio, the official library: `python -m benchmarks.grpc_aio -m MODEL -u HOST:PORT ...`.

It does as little as such a loop can: a task for each request in flight, which sends the same serialised bytes again and
again and leaves the reply unread. Its result reads as loadgen's.
"""

import argparse
import asyncio
import sys
from time import perf_counter_ns

import grpc
import uvloop

from benchmarks.inference import INFER, infer_message
from loadgen.compare.tools import Tool
from loadgen.load.target import Target
from loadgen.triton.control import control_plane

_WARM_UP_S = 0.5


def grpc_aio(name: str, *, channels: int) -> Tool:
    """Return the loop as a program of its own, with its requests spread over so many connections."""
    return Tool(name, (sys.executable, "-m", "benchmarks.grpc_aio", "--channels", str(channels)))


def main() -> None:
    """Keep requests in flight for three intervals, and print what came of them."""
    options = _options()
    target = Target(options.url, options.model)
    with control_plane(target) as control:
        message = infer_message(target, control)
    latencies_ns, seconds = uvloop.run(_load(options, message))
    throughput = len(latencies_ns) / seconds
    latency_us = sum(latencies_ns) / len(latencies_ns) / 1000
    print(f"Concurrency: {options.concurrency}, throughput: {throughput:.3f} infer/sec, latency {latency_us:.0f} usec")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grpc_aio", description=__doc__)
    parser.add_argument("-m", dest="model", required=True)
    parser.add_argument("-u", dest="url", required=True, help="host:port")
    for option in ("-i", "-s"):
        parser.add_argument(option, help="taken for the sake of the other tools, and without effect")
    parser.add_argument("-p", dest="interval", type=int, default=2000, help="milliseconds (default: 2000)")
    parser.add_argument("--concurrency-range", dest="concurrency", type=int, default=1)
    parser.add_argument("--channels", type=int, default=1, help="connections (default: 1)")
    return parser.parse_args()


async def _load(options: argparse.Namespace, message: bytes) -> tuple[list[int], float]:
    """Return the latencies of all requests that ended while it was measured, and for how many seconds that was."""
    # Without the pool of subchannels that channels share, each has a connection of its own.
    own = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(options.url, options=own) for _ in range(options.channels)]
    calls = [channel.unary_unary(INFER) for channel in channels]
    latencies_ns: list[int] = []

    async def send_again_and_again(call: "grpc.aio.UnaryUnaryMultiCallable") -> None:
        while not done.is_set():
            start_ns = perf_counter_ns()
            await call(message)
            latencies_ns.append(perf_counter_ns() - start_ns)

    done = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for index in range(options.concurrency):
            tasks.create_task(send_again_and_again(calls[index % len(calls)]))
        await asyncio.sleep(_WARM_UP_S)
        latencies_ns.clear()
        start_ns = perf_counter_ns()
        await asyncio.sleep(3 * options.interval / 1000)
        measured, seconds = latencies_ns[:], (perf_counter_ns() - start_ns) / 1e9
        done.set()
    for channel in channels:
        await channel.close()
    return measured, seconds


if __name__ == "__main__":
    main()
