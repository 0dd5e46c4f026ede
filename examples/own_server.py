"""Start the embedded Triton on a model repository, measure one of its models, and stop it again."""

from pathlib import Path

import loadgen
from loadgen import Concurrency, Windows

REPOSITORY = Path(__file__).parent.parent / "model_repository"

with loadgen.serve(REPOSITORY) as server:
    print("serves", ", ".join(server.models))
    report = loadgen.run(server.target("mnist-onnx", protocol="http"), Concurrency(2), windows=Windows(length_s=0.3))

print(report)
