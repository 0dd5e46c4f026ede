"""Input tensors made up for a model: seeded, so that the same arguments give the same bytes."""

import math
import string
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.tensors import DTYPES, TensorSpec

INTEGER_BOUND = 2
"""Integers are below this: most are indices, and the smallest table of usual models (BERT's token types) has 2 rows."""

STRING_LENGTH = 128
_ALPHABET = np.frombuffer((string.ascii_letters + string.digits + " .?!").encode(), dtype="S1")

_LARGEST_MESSAGE = 2**31 - 1  # bytes, the limit of gRPC implementations

Shape = tuple[int, ...]


def random_inputs(
    model: Model, *, batch_size: int = 1, shapes: Mapping[str, Shape] | None = None, seed: int = 0
) -> dict[str, NDArray[Any]]:
    """Return one array for each input of `model`, in alphabetical order, with the batch dimension where there is one.

    Floats are uniform in 0..1 and so always finite, integers are 0 or 1 (see INTEGER_BOUND), strings are 128 letters.
    `shapes` gives dynamic inputs their shape, without the batch dimension.
    Raises ConfigError where an option does not fit the model, or is missing.
    """
    rng = np.random.default_rng(seed)
    final = input_shapes(model, batch_size=batch_size, shapes=shapes or {})
    return {spec.name: _random_array(spec.datatype, final[spec.name], rng) for spec in model.inputs}


def input_shapes(model: Model, *, batch_size: int, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the shape of each input as it travels, after `-b` and `--shape` (behaviour section 8.1).

    Unlike perf_analyzer, a shape that cannot be meant is refused, and so is a batch that the model cannot take.
    """
    _check_batch_size(model, batch_size)
    _check_names(model, shapes)
    batch = (batch_size,) if model.max_batch_size else ()
    final = {
        spec.name: batch + _without_dynamic_dimensions(spec, shapes.get(spec.name), batched=bool(batch))
        for spec in model.inputs
    }
    _check_size(model, final)
    return final


def _check_batch_size(model: Model, batch_size: int) -> None:
    if batch_size > 1 and model.max_batch_size == 0:
        raise ConfigError(f'-b {batch_size}: model "{model.name}" does not batch (its max_batch_size is 0)')
    if batch_size > model.max_batch_size > 0:
        raise ConfigError(f'-b {batch_size}: the max_batch_size of model "{model.name}" is {model.max_batch_size}')


def _check_names(model: Model, shapes: Mapping[str, Shape]) -> None:
    names = [spec.name for spec in model.inputs]
    for name in shapes:
        if name not in names:
            raise ConfigError(f'--shape {name}: model "{model.name}" has no such input; it has {", ".join(names)}')


def _without_dynamic_dimensions(spec: TensorSpec, asked: Shape | None, *, batched: bool) -> Shape:
    if asked is None:
        if -1 in spec.shape:
            raise ConfigError(_shape_is_missing(spec))
        return spec.shape
    if not _fits(asked, spec.shape):
        shape = f"shape [{_commas(spec.shape)}]" + (" besides the batch dimension" if batched else "")
        raise ConfigError(
            f'--shape {spec.name}:{_commas(asked)}: input "{spec.name}" has {shape}; only a -1 can be replaced'
        )
    return asked


def _fits(asked: Shape, shape: Shape) -> bool:
    same_rank = len(asked) == len(shape)
    return same_rank and all(size in (-1, want) for size, want in zip(shape, asked, strict=True))


def _shape_is_missing(spec: TensorSpec) -> str:
    pattern = ",".join("N" if size == -1 else str(size) for size in spec.shape)
    a_number = "a number in place of N" if spec.shape.count(-1) == 1 else "numbers in place of N"
    return f'input "{spec.name}" has shape [{_commas(spec.shape)}]: add --shape {spec.name}:{pattern} with {a_number}'


def _commas(shape: Shape) -> str:
    return ",".join(map(str, shape))


def _check_size(model: Model, final: Mapping[str, Shape]) -> None:
    size = sum(math.prod(final[spec.name]) * _element_size(spec) for spec in model.inputs)
    if size > _LARGEST_MESSAGE:
        raise ConfigError(f"the inputs take {size / 1e9:.1f} GB, and a gRPC message holds 2.1 GB: lower --shape or -b")


def _element_size(spec: TensorSpec) -> int:
    if spec.datatype not in DTYPES:
        raise ConfigError(f'input "{spec.name}" has datatype {spec.datatype}, which loadgen does not know')
    return 4 + STRING_LENGTH if spec.datatype == "BYTES" else DTYPES[spec.datatype].itemsize


def _random_array(datatype: str, shape: Shape, rng: np.random.Generator) -> NDArray[Any]:
    dtype = DTYPES[datatype]
    if datatype == "BYTES":
        letters = rng.choice(_ALPHABET, size=(math.prod(shape), STRING_LENGTH))
        return np.array([row.tobytes() for row in letters] or [], dtype=dtype).reshape(shape)
    if datatype == "BF16":
        # The upper half of a 32-bit float is the same number with fewer digits.
        return (rng.random(shape, dtype=np.float32).view("<u4") >> 16).astype(dtype)
    if dtype.kind == "f":
        return rng.random(shape, dtype=np.float32).astype(dtype)
    return rng.integers(INTEGER_BOUND, size=shape).astype(dtype)
