"""Send arrays of one's own: a list that is encoded ahead, then a generator that makes them up while the load runs."""

import sys
from collections.abc import Iterator
from itertools import islice

import numpy as np

import loadgen
from loadgen import Concurrency, Inputs, Target, Windows

SHORT = Windows(length_s=0.3)


def digits() -> Iterator[dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed=7)
    while True:
        yield {"input.1": rng.random((1, 1, 28, 28), dtype=np.float32)}


target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
ahead = loadgen.run(target, Concurrency(2), inputs=Inputs(arrays=list(islice(digits(), 100))), windows=SHORT)
drawn = loadgen.run(target, Concurrency(2), inputs=Inputs(arrays=digits()), windows=SHORT)

print(f"100 digits, over and over: {ahead.throughput:.0f} infer/s")
print(f"a new digit each time:     {drawn.throughput:.0f} infer/s")
