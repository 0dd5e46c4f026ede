"""Tensors as bytes, as they travel beside a message: elements in row-major order, little-endian."""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.load.tensors import DTYPES

_LENGTH = struct.Struct("<I")


def raw_bytes(datatype: str, array: NDArray[Any]) -> bytes:
    """Return the elements of an array; strings each behind a length of four bytes."""
    if datatype == "BYTES":
        return b"".join(_LENGTH.pack(len(element)) + element for element in array.flat)
    return array.tobytes()


def array_from(datatype: str, shape: Sequence[int], raw: bytes) -> NDArray[Any]:
    """Return the array of which `raw` are the bytes. Raises ValueError when they are not those of such an array."""
    if datatype not in DTYPES:
        raise ValueError(f"the datatype {datatype} is unknown")
    elements = _strings(raw) if datatype == "BYTES" else np.frombuffer(raw, DTYPES[datatype])
    return elements.reshape(tuple(shape))


def _strings(raw: bytes) -> NDArray[np.object_]:
    strings, position = [], 0
    while position < len(raw):
        start = position + _LENGTH.size
        if start > len(raw):
            raise ValueError("a string has no whole length")
        position = start + _LENGTH.unpack_from(raw, position)[0]
        if position > len(raw):
            raise ValueError("a string is shorter than its length")
        strings.append(raw[start:position])
    return np.array(strings, dtype=object)
