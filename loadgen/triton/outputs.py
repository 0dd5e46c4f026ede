"""The outputs of a gRPC reply as arrays: for those who want to know what came, not only how soon."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from tritonclient.grpc import service_pb2

from loadgen.errors import InferenceError
from loadgen.load.raw_tensors import array_from
from loadgen.load.tensors import DTYPES

Outputs = dict[str, NDArray[Any]]

# The fields of InferTensorContents, in which a server may send tensors instead of raw bytes.
_CONTENTS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}

_UNREADABLE = (DecodeError, ValueError, LookupError, OverflowError)


def outputs_of(message: bytes) -> Outputs:
    """Return the outputs of a serialised ModelInferResponse by name.

    Raises InferenceError when the message cannot be read.
    """
    try:
        return _outputs(service_pb2.ModelInferResponse.FromString(message))
    except _UNREADABLE as error:
        raise InferenceError(f"the reply cannot be read: {error}") from error


def stream_outputs_of(message: bytes) -> Outputs:
    """Return the outputs of a serialised ModelStreamInferResponse by name.

    Raises InferenceError when the message cannot be read.
    """
    try:
        return _outputs(service_pb2.ModelStreamInferResponse.FromString(message).infer_response)
    except _UNREADABLE as error:
        raise InferenceError(f"the reply cannot be read: {error}") from error


def _outputs(response: Any) -> Outputs:  # noqa: ANN401 - the messages of tritonclient carry no types
    raw = response.raw_output_contents
    if raw:
        tensors = zip(response.outputs, raw, strict=True)
        return {tensor.name: array_from(tensor.datatype, tensor.shape, content) for tensor, content in tensors}
    return {
        tensor.name: array_of(tensor.datatype, tensor.shape, getattr(tensor.contents, _CONTENTS[tensor.datatype]))
        for tensor in response.outputs
    }


def array_of(datatype: str, shape: Sequence[int], values: Any) -> NDArray[Any]:  # noqa: ANN401 - numbers, strings, flat or nested
    """Return an array of values that came one by one; strings as `bytes`, as everywhere."""
    if datatype == "BYTES":
        values = [value.encode() if isinstance(value, str) else value for value in np.ravel(np.array(values, object))]
    return np.array(values, DTYPES[datatype]).reshape(tuple(shape))
