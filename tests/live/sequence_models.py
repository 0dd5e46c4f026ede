"""A model that adds up the numbers of each sequence, and keeps a diary of its requests, written into a repository."""

from dataclasses import dataclass
from pathlib import Path

CONFIG = """
    name: "adder" backend: "python" max_batch_size: 16
    input { name: "number" data_type: TYPE_INT32 dims: [ 1 ] }
    output { name: "sum" data_type: TYPE_INT32 dims: [ 1 ] }
    instance_group { kind: KIND_CPU }
    sequence_batching {
        oldest { max_candidate_sequences: 16 }
        control_input { name: "start" control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } }
        control_input { name: "end" control { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } }
        control_input { name: "id" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } }
    }
"""
MODEL = """
import pathlib

import numpy as np
import triton_python_backend_utils as pb_utils

DIARY = pathlib.Path(__file__).with_name("diary.txt")


class TritonPythonModel:
    def initialize(self, args):
        self.sums = {}
        self.diary = DIARY.open("a", buffering=1)

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        number, start, end, sequence = (
            int(pb_utils.get_input_tensor_by_name(request, name).as_numpy().flat[0])
            for name in ("number", "start", "end", "id")
        )
        print(sequence, start, end, number, file=self.diary)
        total = number + (0 if start else self.sums[sequence])
        self.sums[sequence] = total
        return pb_utils.InferenceResponse([pb_utils.Tensor("sum", np.array([[total]], np.int32))])
"""


@dataclass(frozen=True)
class Entry:
    """A request as the model saw it."""

    sequence: int
    is_first: bool
    is_last: bool
    number: int


class Diary:
    """What the model has seen since the last look."""

    def __init__(self, repository: Path) -> None:
        self._path = repository / "adder" / "1" / "diary.txt"
        self._read = 0

    def new(self) -> list[Entry]:
        entries = [Entry(*map(int, line.split())) for line in self._path.read_text().splitlines()]
        new, self._read = entries[self._read :], len(entries)
        return new


def write_adder(repository: Path) -> Diary:
    (repository / "adder" / "1").mkdir(parents=True)
    (repository / "adder" / "config.pbtxt").write_text(CONFIG)
    (repository / "adder" / "1" / "model.py").write_text(MODEL)
    return Diary(repository)
