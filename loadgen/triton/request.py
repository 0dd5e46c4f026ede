"""An inference request as the bytes of its protobuf message: built once, sent again and again."""

from typing import Any, Final

from tritonclient.grpc import service_pb2

from loadgen.load.input_data import Parameters
from loadgen.load.model import Model
from loadgen.load.raw_tensors import raw_bytes
from loadgen.load.region import Place, Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays

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
    for name, value in parameters:
        setattr(request.parameters[name], _FIELDS[type(value)], value)
    for spec in model.inputs_among(inputs):
        array = inputs[spec.name]
        tensor = request.inputs.add(name=spec.name, datatype=spec.datatype, shape=array.shape)
        raw = raw_bytes(spec.datatype, array)
        if region is None:
            request.raw_input_contents.append(raw)
        else:
            _locate(tensor, region.put(raw))
    for spec in model.outputs:
        tensor = request.outputs.add(name=spec.name)
        if region is not None:
            _locate(tensor, region.output(spec.name))
    serialised: bytes = request.SerializeToString()
    return serialised


def _locate(tensor: Any, place: Place) -> None:  # noqa: ANN401 - the messages of tritonclient carry no types
    for name, value in place.items():
        setattr(tensor.parameters[name], _FIELDS[type(value)], value)
