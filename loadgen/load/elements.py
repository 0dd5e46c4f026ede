"""The elements of a tensor as data files write them, checked: a list of JSON values, or raw bytes."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.raw_tensors import array_from
from loadgen.load.shapes import Shape, commas
from loadgen.load.tensors import DTYPES, TensorSpec

_MOST_SHOWN = 40
# By the kind that numpy gives each datatype: the types that JSON values may have, and what they are called.
_WRITTEN_AS: dict[str, tuple[set[type], str]] = {
    "b": ({bool}, "true or false"),
    "i": ({int}, "whole numbers"),
    "u": ({int}, "whole numbers"),
    "f": ({int, float}, "numbers"),
    "O": ({str}, "strings"),
}


def elements_from_values(spec: TensorSpec, values: Sequence[Any]) -> NDArray[Any]:
    """Return JSON values as a flat array of the tensor's datatype.

    Unlike perf_analyzer, floats may be written without a decimal point, and a number has to be in the datatype's range.
    Raises ConfigError for a value of another kind.
    """
    if spec.datatype == "BF16":
        raise ConfigError('JSON has no numbers of two bytes: give BF16 as {"b64": "..."}')
    dtype = known_dtype(spec)
    allowed, called = _WRITTEN_AS[dtype.kind]
    if not set(map(type, values)) <= allowed:
        index = next(index for index, value in enumerate(values) if type(value) not in allowed)
        flat = ", in one flat list" if isinstance(values[index], list) else ""
        raise ConfigError(f"value {index} is {_shown(values[index])}, and {spec.datatype} takes {called}{flat}")
    if dtype.kind == "O":
        return _strings(values)
    if dtype.kind == "b":
        return np.array(values, dtype)
    return _floats(values, dtype) if dtype.kind == "f" else _integers(values, dtype)


def elements_from_bytes(spec: TensorSpec, raw: bytes) -> NDArray[Any]:
    """Return raw bytes as a flat array: little-endian numbers, or strings each behind its length of four bytes.

    Raises ConfigError when they are no whole number of elements.
    """
    dtype = known_dtype(spec)
    if dtype.kind != "O" and len(raw) % dtype.itemsize:
        raise ConfigError(f"{len(raw)} bytes cannot be {spec.datatype}, which has {dtype.itemsize} bytes for each")
    try:
        return array_from(spec.datatype, (-1,), raw)
    except ValueError as error:
        raise ConfigError(f"the bytes are no strings, each behind its length in four bytes: {error}") from error


def shaped(elements: NDArray[Any], shape: Shape | None) -> NDArray[Any]:
    """Return flat elements in a shape, or flat if it is None; raise ConfigError if they are too many or too few."""
    if shape is None:
        return elements
    if elements.size != math.prod(shape):
        raise ConfigError(f"it has {elements.size} elements, and the shape [{commas(shape)}] takes {math.prod(shape)}")
    return elements.reshape(shape)


def known_dtype(spec: TensorSpec) -> np.dtype[Any]:
    """Return what numpy calls the datatype; raise ConfigError for an unknown one."""
    if spec.datatype not in DTYPES:
        raise ConfigError(f'"{spec.name}" has datatype {spec.datatype}, which loadgen does not know')
    return DTYPES[spec.datatype]


def _strings(values: Sequence[str]) -> NDArray[Any]:
    try:
        return np.array([value.encode() for value in values], DTYPES["BYTES"])
    except UnicodeEncodeError as error:
        raise ConfigError(f"{_shown(error.object)} is no text that UTF-8 can hold") from error


def _floats(values: Sequence[float], dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        with np.errstate(over="raise"):
            return np.array(values, np.float64).astype(dtype)
    except (OverflowError, FloatingPointError) as error:
        largest = max((value for value in values if abs(value) < math.inf), key=abs)
        raise ConfigError(f"{_shown(largest)} is beyond the range of {dtype.name}") from error


def _integers(values: Sequence[int], dtype: np.dtype[Any]) -> NDArray[Any]:
    limits = np.iinfo(dtype)
    for value in (min(values, default=0), max(values, default=0)):
        if not limits.min <= value <= limits.max:
            raise ConfigError(f"{_shown(value)} is beyond the range of {dtype.name}")
    return np.array(values, dtype)


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    text = json.dumps(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
