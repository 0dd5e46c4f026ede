"""Models that take a known time for each request, written into a model repository."""

from pathlib import Path

CONFIG = """
    name: "{name}" backend: "python"
    input {{ name: "any" data_type: TYPE_FP32 dims: [ 1 ] }}
    output {{ name: "same" data_type: TYPE_FP32 dims: [ 1 ] }}
    instance_group {{ kind: KIND_CPU count: {instances} }}
"""
MODEL = """
import time

import triton_python_backend_utils as pb_utils

DELAY_S = {delay_s}
LATE_S = 0.02


class TritonPythonModel:
    def initialize(self, args):
        self.due_s = 0.0

    def execute(self, requests):
        if time.monotonic() > self.due_s + LATE_S:
            self.due_s = time.monotonic()
        self.due_s += DELAY_S * len(requests)
        time.sleep(max(0.0, self.due_s - time.monotonic()))
        return [self.answer(request) for request in requests]

    def answer(self, request):
        tensor = pb_utils.get_input_tensor_by_name(request, "any").as_numpy()
        return pb_utils.InferenceResponse([pb_utils.Tensor("same", tensor)])
"""


def write_slow(repository: Path, name: str, *, delay_s: float, instances: int = 1) -> None:
    """Write a model that answers after `delay_s`, so many requests at a time as it has instances.

    A request that comes within 20 ms after an answer counts from when that was due, so that one request after the other
    takes the delay and no more, however late a busy machine wakes up who sleeps.
    """
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(CONFIG.format(name=name, instances=instances))
    (repository / name / "1" / "model.py").write_text(MODEL.format(delay_s=delay_s))
