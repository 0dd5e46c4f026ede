"""Look at every output while the load runs: count the classes, and let an answer that is none fail its request."""

import sys
from collections import Counter
from collections.abc import Mapping

import numpy as np

import loadgen
from loadgen import Concurrency, Inputs, Target

classes: Counter[int] = Counter()


def look(outputs: Mapping[str, np.ndarray]) -> None:
    predictions = outputs["predictions"]
    if not np.isfinite(predictions).all():
        raise ValueError("predictions that are no numbers")
    classes[int(predictions.argmax())] += 1


target = Target(sys.argv[1] if sys.argv[1:] else "localhost:8001", "mnist-onnx")
digits = [{"input.1": np.random.default_rng(seed).random((1, 1, 28, 28), dtype=np.float32)} for seed in range(20)]
report = loadgen.run(target, Concurrency(4), inputs=Inputs(arrays=digits), on_outputs=look, request_count=200)

print(f"{report.request_count} answers: {dict(sorted(classes.items()))}")
