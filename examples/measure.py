"""Measure a model on a server that is running: python examples/measure.py [HOST:PORT]."""

import sys

import loadgen
from loadgen import Concurrency, Target, Windows

target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
report = loadgen.run(target, Concurrency(4), windows=Windows(length_s=0.3))

print(f"{report.throughput:.0f} infer/s, average {report.average_ms:.2f} ms, p99 {report.p99_ms:.2f} ms")
print("stable" if report.stable else f"not stable: {report.reason}")
