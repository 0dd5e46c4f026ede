"""Raise the load until the latency is over a limit, and keep the figures of every level."""

import sys

import loadgen
from loadgen import Concurrency, Target, Windows, ms

target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
limited = Windows(length_s=0.2, at_most=4, percentile=95, latency_limit_ns=ms(500))

report = loadgen.run(target, [Concurrency(n) for n in (1, 2, 4)], windows=limited)

for level in report.levels:
    over = " - over the limit" if level.verdict.over_limit else ""
    print(f"{level.load}: {level.throughput:.0f} infer/s, p95 {level.p95_ms:.2f} ms{over}")
