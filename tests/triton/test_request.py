import struct

import numpy as np
import pytest
from tritonclient.grpc import InferInput, service_pb2

from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import DTYPES, TensorSpec
from loadgen.triton.request import encode_infer_request, encode_parameters

TWO_INPUTS = Model(
    "m",
    max_batch_size=8,
    inputs=(TensorSpec("a", "FP32", (2,)), TensorSpec("b", "INT32", (1,))),
    outputs=(TensorSpec("p", "FP32", (1,)), TensorSpec("q", "FP32", (1,))),
)


def encoded(model, inputs, version="", parameters=()):
    target = Target("localhost:8001", model.name, version)
    return service_pb2.ModelInferRequest.FromString(encode_infer_request(target, model, inputs, parameters=parameters))


def test_a_request_holds_the_tensors_and_asks_for_every_output():
    inputs = {"b": np.array([[3], [4]], "<i4"), "a": np.array([[0.5, 1.0], [1.5, 2.0]], "<f4")}
    request = encoded(TWO_INPUTS, inputs, version="3")
    assert (request.model_name, request.model_version, request.id) == ("m", "3", "")
    assert [(i.name, i.datatype, list(i.shape)) for i in request.inputs] == [
        ("a", "FP32", [2, 2]),
        ("b", "INT32", [2, 1]),
    ]
    assert list(request.raw_input_contents) == [struct.pack("<4f", 0.5, 1.0, 1.5, 2.0), struct.pack("<2i", 3, 4)]
    assert [output.name for output in request.outputs] == ["p", "q"]


def test_tensors_in_shared_memory_are_said_to_be_there():
    region = Region("ours", TWO_INPUTS, batch_size=2, output_size=0)
    inputs = {"b": np.array([[3], [4]], "<i4"), "a": np.array([[0.5, 1.0], [1.5, 2.0]], "<f4")}
    target = Target("localhost:8001", "m")
    request = service_pb2.ModelInferRequest.FromString(encode_infer_request(target, TWO_INPUTS, inputs, region=region))
    places = [
        (
            tensor.name,
            [getattr(value, value.WhichOneof("parameter_choice")) for _, value in sorted(tensor.parameters.items())],
        )
        for tensor in (*request.inputs, *request.outputs)
    ]
    # byte size, offset, region
    assert places == [("a", [16, 128, "ours"]), ("b", [8, 192, "ours"]), ("p", [8, 0, "ours"]), ("q", [8, 64, "ours"])]
    assert list(request.raw_input_contents) == []
    assert region.tensors == [(128, struct.pack("<4f", 0.5, 1.0, 1.5, 2.0)), (192, struct.pack("<2i", 3, 4))]


def test_a_request_asks_for_the_end_of_its_responses_to_be_marked_as_perf_analyzer_does():
    request = encoded(TWO_INPUTS, generated_inputs(TWO_INPUTS, Inputs()))
    assert list(request.parameters) == ["triton_enable_empty_final_response"]
    assert request.parameters["triton_enable_empty_final_response"].bool_param is True


@pytest.mark.parametrize("datatype", sorted(set(DTYPES) - {"BF16"}))
def test_the_bytes_of_every_datatype_are_those_of_the_official_client(datatype):
    model = Model("m", 0, (TensorSpec("x", datatype, (2, 3)),), ())
    inputs = generated_inputs(model, Inputs())
    official = InferInput("x", [2, 3], datatype)
    official.set_data_from_numpy(inputs["x"])
    assert encoded(model, inputs).raw_input_contents[0] == official._get_content()


def test_bfloat16_travels_as_two_bytes_each():
    model = Model("m", 0, (TensorSpec("x", "BF16", (2,)),), ())
    one_and_half = np.array([0x3F80, 0x3F00], "<u2")
    assert encoded(model, {"x": one_and_half}).raw_input_contents[0] == b"\x80\x3f\x00\x3f"


def test_strings_travel_behind_their_lengths():
    model = Model("m", 0, (TensorSpec("x", "BYTES", (2,)),), ())
    strings = np.array([b"ab", b""], dtype=object)
    assert encoded(model, {"x": strings}).raw_input_contents[0] == b"\x02\0\0\0ab\0\0\0\0"


def test_custom_parameters_go_with_their_types():
    parameters = (("word", "1"), ("number", -(2**63)), ("yes", True), ("no", False))
    sent = encoded(Model("m", 0, (), ()), {}, parameters=parameters).parameters
    assert (sent["word"].string_param, sent["number"].int64_param) == ("1", -(2**63))
    assert [sent[name].WhichOneof("parameter_choice") for name in ("yes", "no")] == ["bool_param"] * 2
    assert (sent["yes"].bool_param, sent["no"].bool_param) == (True, False)


def test_the_last_parameter_of_a_name_counts():
    sent = encoded(Model("m", 0, (), ()), {}, parameters=(("a", "first"), ("a", 2))).parameters
    assert (sent["a"].string_param, sent["a"].int64_param) == ("", 2)


def test_an_optional_input_without_data_is_not_sent():
    request = encoded(TWO_INPUTS, {"b": np.array([[3]], "<i4")})
    assert [tensor.name for tensor in request.inputs] == ["b"]
    assert list(request.raw_input_contents) == [struct.pack("<i", 3)]


def test_parameters_of_one_request_alone_are_appended():
    target = Target("localhost:8001", "m")
    inputs = generated_inputs(TWO_INPUTS, Inputs())
    message = encode_infer_request(target, TWO_INPUTS, inputs, parameters=(("priority", 1),))
    own = encode_parameters((("sequence_id", 2**40), ("sequence_start", True), ("sequence_end", False)))
    plain, request = (service_pb2.ModelInferRequest.FromString(one) for one in (message, message + own))

    assert request.parameters["sequence_id"].int64_param == 2**40
    assert request.parameters["sequence_start"].bool_param is True
    assert request.parameters["sequence_end"].WhichOneof("parameter_choice") == "bool_param"
    for name in ("sequence_id", "sequence_start", "sequence_end"):
        del request.parameters[name]
    assert request == plain, "nothing else is changed"
