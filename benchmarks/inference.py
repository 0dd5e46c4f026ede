"""The request that every tool sends: loadgen's own."""

from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.target import Target
from loadgen.triton.control import ControlPlane
from loadgen.triton.request import encode_infer_request

INFER = "/inference.GRPCInferenceService/ModelInfer"


def infer_message(target: Target, control: ControlPlane) -> bytes:
    """Return the serialised request to `target`, with random inputs."""
    model = control.describe()
    return encode_infer_request(target, model, generated_inputs(model, Inputs()))
