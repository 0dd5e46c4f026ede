"""An inference request as the bytes of its HTTP/1.1 message: built once, sent again and again."""

import json
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.input_data import Form, Parameters
from loadgen.load.model import Model
from loadgen.load.raw_tensors import raw_bytes
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays, TensorSpec
from loadgen.load.transport import Transport
from loadgen.wire.http1 import Http1Request
from loadgen.wire.kserve_http import infer_request

# What may stand in a segment of a path as it is (RFC 3986 section 3.3). Triton takes no escapes: as few as can be.
_SEGMENT = "!$&'()*+,;=:@"


def model_path(target: Target) -> str:
    """Return the path of the target's model, below which everything is that a server says of it."""
    return path_of_model(target, target.model, target.version)


def path_of_model(target: Target, name: str, version: str) -> str:
    """Return the path of any model on the target's server."""
    versions = f"/versions/{quote(version, safe=_SEGMENT)}" if version else ""
    return f"{target.endpoint.prefix}/v2/models/{quote(name, safe=_SEGMENT)}{versions}"


def http_request_form(
    target: Target, model: Model, inputs: Arrays, *, transport: Transport, parameters: Parameters = ()
) -> Form[Http1Request]:
    """Return what makes the HTTP requests that send `inputs` and ask for every output of `model`.

    It is given the parameters of one request alone, and rebuilds nothing but the beginning of the JSON.

    `inputs` are arrays in the shape in which they travel. Tensors are bytes behind the JSON, or a part of it where the
    transport says so; the order of everything is perf_analyzer's (behaviour sections 8.1 and 9.2). Raises ConfigError
    for an input that JSON cannot hold.
    """
    specs = model.inputs_among(inputs)
    if transport.json_inputs:
        described = [_with_data(spec, inputs[spec.name]) for spec in specs]
        tensors: list[bytes] = []
    else:
        tensors = [raw_bytes(spec.datatype, inputs[spec.name]) for spec in specs]
        described = [
            _described(spec, inputs[spec.name]) | {"parameters": {"binary_data_size": len(raw)}}
            for spec, raw in zip(specs, tensors, strict=True)
        ]
    outputs = [{"name": spec.name, "parameters": {"binary_data": not transport.json_outputs}} for spec in model.outputs]
    return _form(target, {"inputs": described, "outputs": outputs}, b"".join(tensors), parameters=parameters)


def shared_http_request_form(
    target: Target, model: Model, inputs: Arrays, *, region: Region, parameters: Parameters = ()
) -> Form[Http1Request]:
    """Return what makes the same requests with their tensors in a region of shared memory, the outputs as well."""
    described = [
        _described(spec, inputs[spec.name]) | {"parameters": region.put(raw_bytes(spec.datatype, inputs[spec.name]))}
        for spec in model.inputs_among(inputs)
    ]
    outputs = [{"name": spec.name, "parameters": region.output(spec.name)} for spec in model.outputs]
    return _form(target, {"inputs": described, "outputs": outputs}, b"", parameters=parameters)


def _form(target: Target, tensors: dict[str, Any], raw: bytes, *, parameters: Parameters) -> Form[Http1Request]:
    path, rest = f"{model_path(target)}/infer", _json(tensors)[1:]

    def request(own: Parameters) -> Http1Request:
        custom = {"parameters": dict((*parameters, *own))} if parameters or own else {}
        json_part = b"%b,%b" % (_json({"id": "", **custom})[:-1], rest)
        return infer_request(target.endpoint.authority, path, json_part, raw, headers=target.headers)

    return request


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def _described(spec: TensorSpec, array: NDArray[Any]) -> dict[str, Any]:
    return {"name": spec.name, "datatype": spec.datatype, "shape": array.shape}


def _with_data(spec: TensorSpec, array: NDArray[Any]) -> dict[str, Any]:
    if spec.datatype in ("FP16", "BF16"):
        raise ConfigError(f'input "{spec.name}" has datatype {spec.datatype}, which JSON cannot hold: send it as bytes')
    flat = array.ravel()
    return _described(spec, array) | {"data": _strings(spec, flat) if spec.datatype == "BYTES" else flat.tolist()}


def _strings(spec: TensorSpec, flat: NDArray[np.object_]) -> list[str]:
    try:
        return [element.decode() for element in flat]
    except UnicodeDecodeError as error:
        raise ConfigError(
            f'input "{spec.name}" holds a string that is not UTF-8, which JSON cannot hold: send it as bytes'
        ) from error
