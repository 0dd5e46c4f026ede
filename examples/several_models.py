"""Have two models share a load: three requests of four go to the one."""

import sys

import loadgen
from loadgen import Concurrency, Mix, Target, Windows

url = sys.argv[1] if sys.argv[1:] else "localhost:8001"
mix = Mix({Target(url, "mnist-onnx"): 3, Target(url, "mnist-onnx-batch"): 1})

report = loadgen.run(mix, Concurrency(4), windows=Windows(length_s=0.2, at_most=4))

print(f"together: {report.throughput:.0f} infer/s, p99 {report.p99_ms:.2f} ms")
for name, model in report.level.models.items():
    print(f"{name}: {model.throughput:.0f} infer/s, p99 {model.p99_ms:.2f} ms")
