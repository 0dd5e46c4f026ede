"""Arrays of the user's as tensors of a model, checked: from a file of numpy's, or from the caller's own code."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.elements import known_dtype
from loadgen.load.model import Model
from loadgen.load.sample import Sample
from loadgen.load.tensors import DTYPES, TensorSpec


def as_datatype(spec: TensorSpec, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in row-major order as the tensor's datatype has it: strings, numpy's S or U, as `bytes`.

    Raises ConfigError if it holds something else.
    """
    right = known_dtype(spec)
    if right.kind == "O" and array.dtype.kind in "SU":
        return _strings(array)
    if array.dtype.newbyteorder("<") != right:
        called = "strings (S or U)" if right.kind == "O" else right.name
        raise ConfigError(f'"{spec.name}" holds {array.dtype.name}, and {spec.datatype} takes {called}')
    return array.astype(right, order="C", copy=False)


def sample_of(model: Model, where: str, arrays: Mapping[str, NDArray[Any]]) -> Sample:
    """Return the arrays of one inference, of inputs and of outputs that are expected."""
    inputs = {spec.name for spec in model.inputs}
    return Sample(
        where,
        {name: array for name, array in arrays.items() if name in inputs},
        {name: array for name, array in arrays.items() if name not in inputs},
    )


def _strings(array: NDArray[Any]) -> NDArray[Any]:
    strings = np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array
    return strings.astype(DTYPES["BYTES"])
