"""Look for the highest request rate below a latency: python examples/find_max.py [HOST:PORT]."""

import sys

import loadgen
from loadgen import RequestRate, Target, Windows

target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
begin = RequestRate(200, arrivals="poisson")
capacity = loadgen.find_max("p95<50ms", target, begin, at_most=400, windows=Windows(length_s=0.3, at_most=3))

print(capacity)
print("to be planned for:", capacity.load, "with a confidence of", capacity.confidence)
