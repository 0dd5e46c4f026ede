"""Input tensors made up for a model: seeded, so that the same arguments give the same bytes (behaviour section 8.2).

Unlike perf_analyzer's, floats are finite, booleans are true or false, and the inferences of a batch differ.
"""

import math
import string
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.shapes import Shape, Shapes, input_shapes, require_known
from loadgen.load.tensors import DTYPES, Arrays

INTEGER_BOUND = 2
"""Integers are below this: most are indices, and the smallest table of usual models (BERT's token types) has 2 rows."""

_ALPHABET = np.frombuffer((string.ascii_letters + string.digits + " .?!").encode(), dtype="S1")

_LARGEST_MESSAGE = 2**31 - 1  # bytes, the limit of gRPC implementations


def generated_inputs(model: Model, inputs: Inputs) -> Arrays:
    """Return one array for each input of `model`, with the batch dimension where there is one.

    Random floats are uniform in 0..1, random integers are 0 or 1 (see INTEGER_BOUND). Raises ConfigError where an
    option does not fit the model, or is missing.
    """
    rng = np.random.default_rng(inputs.seed)
    known = input_shapes(model, inputs)
    batch = (inputs.batch_size,) if model.max_batch_size else ()
    shapes = {spec.name: batch + require_known(spec, known[spec.name]) for spec in model.inputs}
    _check_size(model, shapes, inputs)
    return {spec.name: _array(spec.datatype, shapes[spec.name], inputs, rng) for spec in model.inputs}


def _check_size(model: Model, shapes: Shapes, inputs: Inputs) -> None:
    size = 0
    for spec in model.inputs:
        if spec.datatype not in DTYPES:
            raise ConfigError(f'input "{spec.name}" has datatype {spec.datatype}, which loadgen does not know')
        element = 4 + _string_size(inputs) if spec.datatype == "BYTES" else DTYPES[spec.datatype].itemsize
        size += math.prod(shapes[spec.name]) * element
    if size > _LARGEST_MESSAGE:
        raise ConfigError(f"the inputs take {size / 1e9:.1f} GB, and a gRPC message holds 2.1 GB: lower --shape or -b")


def _string_size(inputs: Inputs) -> int:
    return inputs.string_length if inputs.string_data is None else len(_encoded(inputs.string_data))


def _encoded(text: str) -> bytes:
    # On the command line, bytes that are not UTF-8 come as lone surrogates: they are sent as they were typed.
    return text.encode(errors="surrogateescape")


def _array(datatype: str, shape: Shape, inputs: Inputs, rng: np.random.Generator) -> NDArray[Any]:
    if datatype == "BYTES":
        return _strings(shape, inputs, rng)
    if inputs.generate == "zero":
        return np.zeros(shape, DTYPES[datatype])
    return _random_numbers(datatype, shape, rng)


def _strings(shape: Shape, inputs: Inputs, rng: np.random.Generator) -> NDArray[Any]:
    count = math.prod(shape)
    if inputs.string_data is None:
        letters = rng.choice(_ALPHABET, size=(count, inputs.string_length))
        strings = [row.tobytes() for row in letters]
    else:
        strings = [_encoded(inputs.string_data)] * count
    return np.array(strings, DTYPES["BYTES"]).reshape(shape)


def _random_numbers(datatype: str, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
    dtype = DTYPES[datatype]
    if datatype == "BF16":
        # The upper half of a 32-bit float is the same number with fewer digits.
        return (rng.random(shape, dtype=np.float32).view("<u4") >> 16).astype(dtype)
    if dtype.kind == "f":
        return rng.random(shape, dtype=np.float32).astype(dtype)
    return rng.integers(INTEGER_BOUND, size=shape).astype(dtype)
