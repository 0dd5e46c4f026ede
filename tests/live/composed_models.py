"""Ensembles, and a model that calls others (BLS), of models that double a number, written into a model repository."""

from collections.abc import Sequence
from pathlib import Path

TENSORS = """
    input { name: "x" data_type: TYPE_FP32 dims: [ 1 ] }
    output { name: "y" data_type: TYPE_FP32 dims: [ 1 ] }
"""
DOUBLE = """
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(pb_utils.get_input_tensor_by_name(request, "x").as_numpy()) for request in requests]

    def answer(self, x):
        return pb_utils.InferenceResponse([pb_utils.Tensor("y", x + x)])
"""
CALLER = """
import triton_python_backend_utils as pb_utils

CALLED = {called}


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(pb_utils.get_input_tensor_by_name(request, "x")) for request in requests]

    def answer(self, x):
        for model in CALLED:
            request = pb_utils.InferenceRequest(model_name=model, requested_output_names=["y"], inputs=[x])
            x = pb_utils.Tensor("x", request.exec().output_tensors()[0].as_numpy())
        return pb_utils.InferenceResponse([pb_utils.Tensor("y", x.as_numpy())])
"""


def write_double(repository: Path, name: str) -> None:
    _write_python(repository, name, DOUBLE)


def write_caller(repository: Path, name: str, *, calls: Sequence[str]) -> None:
    """Write a model that calls these one after the other."""
    _write_python(repository, name, CALLER.format(called=list(calls)))


def write_ensemble(repository: Path, name: str, *, steps: Sequence[str]) -> None:
    """Write an ensemble of these models, one after the other."""
    (repository / name / "1").mkdir(parents=True)
    tensors = ["x", *(f"between_{number}" for number in range(1, len(steps))), "y"]
    described = ", ".join(
        f'{{ model_name: "{step}" model_version: -1 input_map {{ key: "x" value: "{before}" }}'
        f' output_map {{ key: "y" value: "{after}" }} }}'
        for step, before, after in zip(steps, tensors[:-1], tensors[1:], strict=True)
    )
    config = f'name: "{name}" platform: "ensemble" {TENSORS} ensemble_scheduling {{ step [ {described} ] }}'
    (repository / name / "config.pbtxt").write_text(config)


def _write_python(repository: Path, name: str, code: str) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "1" / "model.py").write_text(code)
    config = f'name: "{name}" backend: "python" {TENSORS} instance_group {{ kind: KIND_CPU }}'
    (repository / name / "config.pbtxt").write_text(config)
