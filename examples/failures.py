"""Tolerate failed requests, and see which there were: here answers that are not the expected ones."""

import sys

import numpy as np

import loadgen
from loadgen import Concurrency, ErrorLimit, Inputs, Target, Windows

target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
digit = np.zeros((1, 1, 28, 28), np.float32)
inputs = Inputs(
    arrays=[
        {"input.1": digit},
        {"input.1": digit, "predictions": np.zeros((1, 10), np.float32)},  # it will not be this
    ]
)
report = loadgen.run(target, Concurrency(2), inputs=inputs, error_limit=ErrorLimit(rate=0.6), request_count=100)

print(f"{report.error_rate:.0%} of {report.ended_count} requests failed")
for kind, failed in report.failures.items():
    print(f"{failed.count} x {kind}: {failed.example}")

try:
    loadgen.run(target, Concurrency(2), inputs=inputs, windows=Windows(length_s=0.3))
except loadgen.InferenceError as error:
    print(f"without a limit the first one ends the run: {error}")
