"""Look at each window as it closes, and stop by a rule of one's own: when a second has been measured."""

import asyncio
import sys

import loadgen
from loadgen import Concurrency, Report, Target, Windows


async def main(target: Target) -> Report:
    mine_alone = Windows(length_s=0.2, tolerance=0, at_most=1000)
    measured_ns = 0
    async with loadgen.watch(target, Concurrency(2), windows=mine_alone) as windows:
        async for window in windows:
            print(f"window {window.index}: {window.summary.throughput:.0f} infer/s, p99 {window.summary.p99_ms:.2f} ms")
            measured_ns += window.summary.duration_ns
            if measured_ns >= loadgen.seconds(1):
                break
    return windows.report


report = asyncio.run(main(Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")))
print(f"together: {report.throughput:.0f} infer/s in the last {len(report.level.windows)} windows")
