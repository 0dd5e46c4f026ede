"""Compute with the records of every request: numpy arrays, which are a frame of pandas or polars as well."""

import json
import sys

import numpy as np

import loadgen
from loadgen import Concurrency, Target, Windows

target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
report = loadgen.run(target, Concurrency(2), windows=Windows(length_s=0.3))

requests = report.requests()  # pandas.DataFrame(requests), polars.DataFrame(requests)
slowest = np.sort(requests["latency_ns"])[-3:] / loadgen.ms(1)
print(f"{len(requests['latency_ns'])} requests, the slowest took {', '.join(f'{ms:.2f}' for ms in slowest)} ms")

document = json.loads(report.to_json())
print(f"document version {document['version']} of {document['target']['model']}")
