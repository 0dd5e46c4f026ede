"""The outputs of a reply over HTTP as arrays; apart from those over gRPC, which need nothing of HTTP."""

import json
from collections.abc import Mapping

from loadgen.errors import InferenceError
from loadgen.load.raw_tensors import array_from
from loadgen.triton.outputs import Outputs, array_of
from loadgen.wire.exchange import Exchange
from loadgen.wire.kserve_http import JSON_LENGTH


def http_outputs_of(exchange: Exchange) -> Outputs:
    """Return the outputs of an inference over HTTP by name, whether they came as bytes or as JSON.

    Raises InferenceError when the reply cannot be read.
    """
    try:
        return _outputs(exchange.headers or {}, bytes(exchange.body))
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise InferenceError(f"the reply cannot be read: {error}") from error


def _outputs(headers: Mapping[bytes, bytes], body: bytes) -> Outputs:
    json_length = int(headers.get(JSON_LENGTH.lower().encode(), len(body)))
    outputs: Outputs = {}
    position = json_length
    for tensor in json.loads(body[:json_length])["outputs"]:
        datatype, shape = tensor["datatype"], tensor["shape"]
        if "data" in tensor:
            outputs[tensor["name"]] = array_of(datatype, shape, tensor["data"])
        else:
            start, position = position, position + tensor["parameters"]["binary_data_size"]
            outputs[tensor["name"]] = array_from(datatype, shape, body[start:position])
    return outputs
