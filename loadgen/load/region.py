"""What client and server share instead of sending it: tensors side by side in one region of memory. Pure."""

import math
from collections.abc import Mapping

from loadgen.load.model import Model
from loadgen.load.tensors import DTYPES, TensorSpec

Place = Mapping[str, str | int]
"""The parameters of a tensor in a request that say where in shared memory it is."""

_ALIGNMENT = 64
"""A cache line, so that no tensor shares one with another, and every one begins where its elements may."""


class Region:
    """Takes in the tensors of the requests as they are encoded, which then say only where each of them is.

    `name` is how the server knows it. `tensors` are the inputs, each with its offset. An output has one place for all
    requests, also for those in flight at the same time (behaviour section 9.5): of `output_size` bytes for each element
    of a batch, where the model does not tell how long it is.
    """

    def __init__(self, name: str, model: Model, *, batch_size: int, output_size: int) -> None:
        self.name = name
        self.byte_size = 0
        self.tensors: list[tuple[int, bytes]] = []
        self._outputs = {spec.name: self._place(batch_size * _byte_size(spec, output_size)) for spec in model.outputs}

    def put(self, tensor: bytes) -> Place:
        """Take the bytes of an input."""
        self.tensors.append((self.byte_size, tensor))
        return self._place(len(tensor))

    def output(self, name: str) -> Place:
        """Return where an output belongs."""
        return self._outputs[name]

    def _place(self, byte_size: int) -> Place:
        offset = self.byte_size
        self.byte_size += -(-byte_size // _ALIGNMENT) * _ALIGNMENT
        return {
            "shared_memory_region": self.name,
            "shared_memory_offset": offset,
            "shared_memory_byte_size": byte_size,
        }


def _byte_size(spec: TensorSpec, unknown: int) -> int:
    """Return the size of an output without its batch dimension."""
    if spec.datatype == "BYTES" or spec.datatype not in DTYPES or -1 in spec.shape:
        return unknown
    return math.prod(spec.shape) * DTYPES[spec.datatype].itemsize
