"""Tensors as Triton names them: the datatypes, and what numpy calls each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
"""An array for each tensor by name; strings are `bytes`."""

DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BF16": np.dtype("<u2"),  # numpy has no bfloat16: an array of BF16 holds the raw bits
    "BYTES": np.dtype("O"),  # each element is a `bytes` of any length
}
"""Every datatype of the KServe v2 protocol. All are little-endian, as they travel; `itemsize` is the element's size."""


@dataclass(frozen=True)
class TensorSpec:
    """An input or output of a model. `shape` is without the batch dimension; -1 marks a dynamic dimension.

    A request may go without an `optional` input.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    optional: bool = False
