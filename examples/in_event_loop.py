"""Two loads at once in one event loop, with a time limit: a run that is cancelled waits for its requests in flight."""

import asyncio
import sys

import loadgen
from loadgen import Concurrency, Target, Windows

SHORT = Windows(length_s=0.3)


async def main(url: str) -> None:
    models = ("mnist-onnx", "mnist-onnx-batch")
    async with asyncio.timeout(60):
        runs = (loadgen.run_async(Target(url, model), Concurrency(2), windows=SHORT) for model in models)
        reports = await asyncio.gather(*runs)
    for model, report in zip(models, reports, strict=True):
        print(f"{model}: {report.throughput:.0f} infer/s beside the other one")


asyncio.run(main(sys.argv[1] if sys.argv[1:] else "localhost:8001"))
