"""An inference request as the bytes of its protobuf message: built once, sent again and again."""

from collections.abc import Iterable
from typing import Final

from tritonclient.grpc import service_pb2

from loadgen.load.input_data import Parameters
from loadgen.load.model import Model
from loadgen.load.raw_tensors import raw_bytes
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays
from loadgen.triton.questions import Message

# Of an InferParameter.
_FIELDS: Final = {str: "string_param", int: "int64_param", bool: "bool_param"}


def encode_infer_request(
    target: Target, model: Model, inputs: Arrays, *, parameters: Parameters = (), region: Region | None = None
) -> bytes:
    """Return the serialised ModelInferRequest that sends `inputs` and asks for every output of `model`.

    `inputs` are arrays in the shape in which they travel. As perf_analyzer does, tensors go in alphabetical order,
    without a request id, and the server is asked to mark the end of its responses (behaviour sections 8.1 and 9.3).
    With a `region` of shared memory the inputs go there, and the outputs, too.
    """
    request = service_pb2.ModelInferRequest(model_name=target.model, model_version=target.version)
    request.parameters["triton_enable_empty_final_response"].bool_param = True
    _set(request, parameters)
    for spec in model.inputs_among(inputs):
        array = inputs[spec.name]
        tensor = request.inputs.add(name=spec.name, datatype=spec.datatype, shape=array.shape)
        raw = raw_bytes(spec.datatype, array)
        if region is None:
            request.raw_input_contents.append(raw)
        else:
            _set(tensor, region.put(raw).items())
    for spec in model.outputs:
        tensor = request.outputs.add(name=spec.name)
        if region is not None:
            _set(tensor, region.output(spec.name).items())
    serialised: bytes = request.SerializeToString()
    return serialised


def encode_parameters(parameters: Parameters) -> bytes:
    """Return what adds parameters to a serialised ModelInferRequest when it is appended.

    Two messages one behind the other are the merged one (Protocol Buffers, "Encoding", "Last One Wins"): whatever is
    told of one request alone costs no new encoding of its tensors.
    """
    request = service_pb2.ModelInferRequest()
    _set(request, parameters)
    serialised: bytes = request.SerializeToString()
    return serialised


def _set(message: Message, parameters: Iterable[tuple[str, str | int | bool]]) -> None:
    """Set parameters of a request, or of one of its tensors."""
    for name, value in parameters:
        setattr(message.parameters[name], _FIELDS[type(value)], value)
