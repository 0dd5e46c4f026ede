"""The outputs of a reply as arrays: for those who want to know what came, not only how soon."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from tritonclient.grpc import service_pb2

from loadgen.errors import InferenceError
from loadgen.load.raw_tensors import array_from
from loadgen.load.tensors import DTYPES
from loadgen.wire.exchange import Exchange
from loadgen.wire.kserve_http import JSON_LENGTH

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
        return _grpc_outputs(service_pb2.ModelInferResponse.FromString(message))
    except _UNREADABLE as error:
        raise InferenceError(f"the reply cannot be read: {error}") from error


def stream_outputs_of(message: bytes) -> Outputs:
    """Return the outputs of a serialised ModelStreamInferResponse by name.

    Raises InferenceError when the message cannot be read.
    """
    try:
        return _grpc_outputs(service_pb2.ModelStreamInferResponse.FromString(message).infer_response)
    except _UNREADABLE as error:
        raise InferenceError(f"the reply cannot be read: {error}") from error


def http_outputs_of(exchange: Exchange) -> Outputs:
    """Return the outputs of an inference over HTTP by name, whether they came as bytes or as JSON.

    Raises InferenceError when the reply cannot be read.
    """
    try:
        return _http_outputs(exchange.headers or {}, bytes(exchange.body))
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise InferenceError(f"the reply cannot be read: {error}") from error


def _grpc_outputs(response: Any) -> Outputs:  # noqa: ANN401 - the messages of tritonclient carry no types
    raw = response.raw_output_contents
    if raw:
        tensors = zip(response.outputs, raw, strict=True)
        return {tensor.name: array_from(tensor.datatype, tensor.shape, content) for tensor, content in tensors}
    return {
        tensor.name: _array(tensor.datatype, tensor.shape, getattr(tensor.contents, _CONTENTS[tensor.datatype]))
        for tensor in response.outputs
    }


def _http_outputs(headers: Mapping[bytes, bytes], body: bytes) -> Outputs:
    json_length = int(headers.get(JSON_LENGTH.lower().encode(), len(body)))
    outputs: Outputs = {}
    position = json_length
    for tensor in json.loads(body[:json_length])["outputs"]:
        datatype, shape = tensor["datatype"], tensor["shape"]
        if "data" in tensor:
            outputs[tensor["name"]] = _array(datatype, shape, tensor["data"])
        else:
            start, position = position, position + tensor["parameters"]["binary_data_size"]
            outputs[tensor["name"]] = array_from(datatype, shape, body[start:position])
    return outputs


def _array(datatype: str, shape: list[int], values: Any) -> NDArray[Any]:  # noqa: ANN401 - numbers, strings, flat or nested
    """Return an array of values that came one by one; strings as `bytes`, as everywhere."""
    if datatype == "BYTES":
        values = [value.encode() if isinstance(value, str) else value for value in np.ravel(np.array(values, object))]
    return np.array(values, DTYPES[datatype]).reshape(tuple(shape))
