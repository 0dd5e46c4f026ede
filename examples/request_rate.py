"""Send at a rate whatever the server does, and see whether the latency holds."""

import sys

import loadgen
from loadgen import RequestRate, Target, Windows

target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
report = loadgen.run(target, RequestRate(100, arrivals="poisson", seed=7), windows=Windows(length_s=0.4))

print(f"{report.throughput:.0f} infer/s of 100 wanted, p99 {report.p99_ms:.2f} ms")
