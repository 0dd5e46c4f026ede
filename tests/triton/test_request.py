import struct

import numpy as np
import pytest
from tritonclient.grpc import InferInput, service_pb2

from loadgen.load.inputs import random_inputs
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.tensors import DTYPES, TensorSpec
from loadgen.triton.request import encode_infer_request

TWO_INPUTS = Model(
    "m",
    max_batch_size=8,
    inputs=(TensorSpec("a", "FP32", (2,)), TensorSpec("b", "INT32", (1,))),
    outputs=(TensorSpec("p", "FP32", (1,)), TensorSpec("q", "FP32", (1,))),
)


def encoded(model, inputs, version=""):
    target = Target("localhost:8001", model.name, version)
    return service_pb2.ModelInferRequest.FromString(encode_infer_request(target, model, inputs))


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


def test_a_request_asks_for_the_end_of_its_responses_to_be_marked_as_perf_analyzer_does():
    request = encoded(TWO_INPUTS, random_inputs(TWO_INPUTS))
    assert list(request.parameters) == ["triton_enable_empty_final_response"]
    assert request.parameters["triton_enable_empty_final_response"].bool_param is True


@pytest.mark.parametrize("datatype", sorted(set(DTYPES) - {"BF16"}))
def test_the_bytes_of_every_datatype_are_those_of_the_official_client(datatype):
    model = Model("m", 0, (TensorSpec("x", datatype, (2, 3)),), ())
    inputs = random_inputs(model)
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
