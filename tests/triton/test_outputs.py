"""Replies of every form as arrays."""

import json

import numpy as np
import pytest
from tritonclient.grpc import service_pb2

from loadgen.errors import InferenceError
from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.raw_tensors import raw_bytes
from loadgen.load.tensors import DTYPES, TensorSpec
from loadgen.triton.http_outputs import http_outputs_of
from loadgen.triton.outputs import outputs_of
from loadgen.wire.exchange import Exchange

WITHOUT_JSON = {"FP16", "BF16"}  # In JSON, and in the typed fields of gRPC, there are none.


def values_of(datatype, shape=(2, 3)):
    return generated_inputs(Model("m", 0, (TensorSpec("x", datatype, shape),), ()), Inputs())["x"]


def http_reply(header, tensors=b"", *, tell_length=True):
    exchange = Exchange(None)
    json_part = json.dumps(header).encode()
    length = {b"inference-header-content-length": b"%d" % len(json_part)} if tell_length else {}
    exchange.headers = {b":status": b"200", **length}
    exchange.body += json_part + tensors
    return exchange


def described(name, array, datatype="FP32", **more):
    return {"name": name, "datatype": datatype, "shape": list(array.shape), **more}


def assert_same(array, expected):
    assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
    assert array.tolist() == expected.tolist()


@pytest.mark.parametrize("datatype", sorted(DTYPES))
def test_bytes_over_http(datatype):
    one, two = values_of(datatype), values_of(datatype, (5,))
    raw_one, raw_two = raw_bytes(datatype, one), raw_bytes(datatype, two)
    described_one = described("one", one, datatype, parameters={"binary_data_size": len(raw_one)})
    described_two = described("two", two, datatype, parameters={"binary_data_size": len(raw_two)})

    outputs = http_outputs_of(http_reply({"outputs": [described_one, described_two]}, raw_one + raw_two))

    assert list(outputs) == ["one", "two"]
    assert_same(outputs["one"], one)
    assert_same(outputs["two"], two)


@pytest.mark.parametrize("datatype", sorted(set(DTYPES) - WITHOUT_JSON))
@pytest.mark.parametrize("is_nested", [False, True])
def test_json_over_http(datatype, is_nested):
    array = values_of(datatype)
    text = np.vectorize(bytes.decode, otypes=[object])(array) if datatype == "BYTES" else array
    data = (text if is_nested else text.ravel()).tolist()
    reply = http_reply({"outputs": [described("x", array, datatype, data=data)]}, tell_length=False)
    assert_same(http_outputs_of(reply)["x"], array)


def test_bytes_and_json_in_one_reply():
    array = np.array([1.5], "<f4")
    header = {"outputs": [described("a", array, parameters={"binary_data_size": 4}), described("b", array, data=[2.5])]}
    outputs = http_outputs_of(http_reply(header, array.tobytes()))
    assert (outputs["a"].tolist(), outputs["b"].tolist()) == ([1.5], [2.5])


@pytest.mark.parametrize("datatype", sorted(DTYPES))
def test_bytes_over_grpc(datatype):
    array = values_of(datatype)
    response = service_pb2.ModelInferResponse(raw_output_contents=[raw_bytes(datatype, array)])
    response.outputs.add(name="x", datatype=datatype, shape=array.shape)
    assert_same(outputs_of(response.SerializeToString())["x"], array)


@pytest.mark.parametrize("datatype", sorted(set(DTYPES) - WITHOUT_JSON))
def test_values_over_grpc_as_other_servers_send_them(datatype):
    field = {"BOOL": "bool", "FP32": "fp32", "FP64": "fp64", "BYTES": "bytes", "INT64": "int64", "UINT64": "uint64"}
    name = field.get(datatype, "uint" if datatype.startswith("U") else "int")
    array = values_of(datatype)
    response = service_pb2.ModelInferResponse()
    tensor = response.outputs.add(name="x", datatype=datatype, shape=array.shape)
    getattr(tensor.contents, f"{name}_contents").extend(array.ravel().tolist())
    assert_same(outputs_of(response.SerializeToString())["x"], array)


def test_a_model_without_outputs():
    assert outputs_of(b"") == {}
    assert http_outputs_of(http_reply({"outputs": []})) == {}


FOUR = np.zeros(4, "<f4")


@pytest.mark.parametrize(
    ("header", "tensors"),
    [
        pytest.param({"model_name": "m"}, b"", id="no outputs at all"),
        pytest.param([1], b"", id="JSON of another kind"),
        pytest.param({"outputs": [described("x", FOUR, parameters={"binary_data_size": 16})]}, bytes(12), id="too few"),
        pytest.param({"outputs": [described("x", FOUR, parameters={"binary_data_size": 8})]}, bytes(8), id="too short"),
        pytest.param({"outputs": [described("x", FOUR, "FP31", parameters={"binary_data_size": 0})]}, b"", id="FP31"),
        pytest.param({"outputs": [described("x", FOUR, data=[1, 2])]}, b"", id="too few values"),
        pytest.param({"outputs": [described("x", FOUR, "INT64", data=[2**70, 0, 0, 0])]}, b"", id="too large a value"),
        pytest.param({"outputs": [described("x", FOUR, data=["a", "b", "c", "d"])]}, b"", id="letters for numbers"),
        pytest.param(
            {"outputs": [described("x", FOUR, "BYTES", parameters={"binary_data_size": 3})]},
            b"\0\0\0",
            id="half a length",
        ),
        pytest.param(
            {"outputs": [described("x", FOUR, "BYTES", parameters={"binary_data_size": 5})]},
            b"\2\0\0\0a",
            id="half a string",
        ),
    ],
)
def test_an_http_reply_that_cannot_be_read_is_said_to_be_so(header, tensors):
    with pytest.raises(InferenceError, match=r"^the reply cannot be read: "):
        http_outputs_of(http_reply(header, tensors))


def test_a_grpc_reply_that_cannot_be_read_is_said_to_be_so():
    short = service_pb2.ModelInferResponse(raw_output_contents=[bytes(3)])
    short.outputs.add(name="x", datatype="FP32", shape=[1])
    missing = service_pb2.ModelInferResponse(raw_output_contents=[bytes(4), bytes(4)])
    missing.outputs.add(name="x", datatype="FP32", shape=[1])
    for message in (b"\xff\xff", short.SerializeToString(), missing.SerializeToString()):
        with pytest.raises(InferenceError, match=r"^the reply cannot be read: "):
            outputs_of(message)
