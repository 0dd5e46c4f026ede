"""The bodies of HTTP requests, compared byte by byte with perf_analyzer's, which were recorded on the wire."""

import json
import re
import struct

import numpy as np
import pytest

from loadgen.errors import ConfigError
from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.load.transport import Transport
from loadgen.triton.http_request import http_request_form, shared_http_request_form

TWO_INPUTS = Model(
    "m",
    max_batch_size=8,
    inputs=(TensorSpec("a", "FP32", (2,)), TensorSpec("b", "INT32", (1,))),
    outputs=(TensorSpec("p", "FP32", (1,)), TensorSpec("q", "FP32", (1,))),
)
INPUTS = {"b": np.array([[3], [4]], "<i4"), "a": np.array([[0.5, 1.0], [1.5, 2.0]], "<f4")}


def encoded(model=TWO_INPUTS, inputs=INPUTS, *, url="localhost:8000", version="", parameters=(), **options):
    target, transport = Target(url, model.name, version, protocol="http"), Transport(**options)
    return http_request_form(target, model, inputs, transport=transport, parameters=parameters)(())


def one_input(datatype, shape=(2,)):
    return Model("m", 0, (TensorSpec("x", datatype, shape),), (TensorSpec("y", datatype, shape),))


def test_tensors_are_bytes_behind_the_json():
    assert encoded().body == (
        b'{"id":"","inputs":['
        b'{"name":"a","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}},'
        b'{"name":"b","datatype":"INT32","shape":[2,1],"parameters":{"binary_data_size":8}}],'
        b'"outputs":[{"name":"p","parameters":{"binary_data":true}},{"name":"q","parameters":{"binary_data":true}}]}'
        + struct.pack("<4f2i", 0.5, 1.0, 1.5, 2.0, 3, 4)
    )


def test_tensors_can_be_json_themselves():
    assert encoded(json_inputs=True, json_outputs=True).body == (
        b'{"id":"","inputs":['
        b'{"name":"a","datatype":"FP32","shape":[2,2],"data":[0.5,1.0,1.5,2.0]},'
        b'{"name":"b","datatype":"INT32","shape":[2,1],"data":[3,4]}],'
        b'"outputs":[{"name":"p","parameters":{"binary_data":false}},{"name":"q","parameters":{"binary_data":false}}]}'
    )


def test_tensors_in_shared_memory_are_said_to_be_there():
    region = Region("ours", one_input("INT32"), batch_size=1, output_size=0)
    target = Target("localhost:8000", "m", protocol="http")
    request = shared_http_request_form(target, one_input("INT32"), {"x": np.array([3, 4], "<i4")}, region=region)(())
    assert request.body == (
        b'{"id":"","inputs":[{"name":"x","datatype":"INT32","shape":[2],"parameters":'
        b'{"shared_memory_region":"ours","shared_memory_offset":64,"shared_memory_byte_size":8}}],'
        b'"outputs":[{"name":"y","parameters":'
        b'{"shared_memory_region":"ours","shared_memory_offset":0,"shared_memory_byte_size":8}}]}'
    )
    assert region.tensors == [(64, struct.pack("<2i", 3, 4))]


@pytest.mark.parametrize("option", ["json_inputs", "json_outputs"])
def test_inputs_and_outputs_are_json_each_by_itself(option):
    body = encoded(**{option: True}).body
    assert (b'"data":' in body) is (option == "json_inputs")
    assert (b'"binary_data":false' in body) is (option == "json_outputs")


@pytest.mark.parametrize(
    ("datatype", "values", "data"),
    [
        pytest.param("BOOL", np.array([True, False]), "[true,false]", id="booleans"),
        pytest.param("UINT64", np.array([2**64 - 1, 0], "<u8"), "[18446744073709551615,0]", id="the largest integer"),
        pytest.param("FP32", np.array([0.1, -2], "<f4"), "[0.10000000149011612,-2.0]", id="floats to the last digit"),
        pytest.param("FP32", np.array([np.nan, np.inf], "<f4"), "[NaN,Infinity]", id="floats that are no numbers"),
        pytest.param("BYTES", np.array([b'"', "ä七".encode()], object), '["\\"","ä七"]', id="strings in UTF-8"),
    ],
)
def test_values_as_json(datatype, values, data):
    body = encoded(one_input(datatype), {"x": values}, json_inputs=True).body
    assert f'"shape":[2],"data":{data}}}]'.encode() in body


@pytest.mark.parametrize("datatype", ["FP16", "BF16"])
def test_short_floats_are_refused_as_json(datatype):
    model = one_input(datatype)
    with pytest.raises(ConfigError, match=f'^input "x" has datatype {datatype}, which JSON cannot hold'):
        encoded(model, generated_inputs(model, Inputs()), json_inputs=True)


def test_strings_that_are_no_text_are_refused_as_json():
    inputs = {"x": np.array([b"good", b"\xff"], object)}
    with pytest.raises(ConfigError, match=r'^input "x" holds a string that is not UTF-8'):
        encoded(one_input("BYTES"), inputs, json_inputs=True)
    assert b"\x01\0\0\0\xff" in encoded(one_input("BYTES"), inputs).body


@pytest.mark.parametrize(
    ("name", "version", "url", "line"),
    [
        pytest.param("m", "", "localhost:8000", b"POST /v2/models/m/infer HTTP/1.1", id="plain"),
        pytest.param("m", "3", "localhost:8000", b"POST /v2/models/m/versions/3/infer HTTP/1.1", id="a version"),
        pytest.param("m", "", "localhost/a/b", b"POST /a/b/v2/models/m/infer HTTP/1.1", id="a prefix"),
        pytest.param("a/b ?", "", "localhost", b"POST /v2/models/a%2Fb%20%3F/infer HTTP/1.1", id="a name to be quoted"),
        pytest.param("a-b_c.d:e", "", "localhost", b"POST /v2/models/a-b_c.d:e/infer HTTP/1.1", id="a name as it is"),
    ],
)
def test_where_a_request_goes(name, version, url, line):
    model = Model(name, 0, (), ())
    assert encoded(model, {}, url=url, version=version).head.split(b"\r\n")[0] == line


def test_the_lengths_are_those_of_the_parts():
    request = encoded()
    fields = dict(line.split(b": ") for line in request.head.strip().split(b"\r\n")[1:])
    json_length = int(fields[b"Inference-Header-Content-Length"])
    assert json.loads(request.body[:json_length])["id"] == ""
    assert len(request.body) == int(fields[b"Content-Length"]) == json_length + 24


def test_custom_parameters_stand_before_the_inputs_with_their_types():
    body = encoded(parameters=(("word", "1"), ("number", 2), ("yes", True), ("word", "3"))).body
    assert body.startswith(b'{"id":"","parameters":{"word":"3","number":2,"yes":true},"inputs":[{"name":"a"')


@pytest.mark.parametrize("options", [{}, {"json_inputs": True}], ids=["bytes", "JSON"])
def test_an_optional_input_without_data_is_not_sent(options):
    body = encoded(inputs={"b": INPUTS["b"]}, **options).body
    assert body.startswith(b'{"id":"","inputs":[{"name":"b","datatype":"INT32","shape":[2,1],')
    assert b'"name":"a"' not in body


@pytest.mark.parametrize("custom", [(), (("priority", 1),)])
def test_parameters_of_one_request_alone_come_after_those_of_all(custom):
    target, transport = Target("localhost:8000", "m", protocol="http"), Transport()
    form = http_request_form(target, TWO_INPUTS, INPUTS, transport=transport, parameters=custom)
    request, plain = form((("sequence_id", 7), ("sequence_start", True))), form(())

    (length,) = re.findall(rb"Inference-Header-Content-Length: (\d+)", request.head)
    described = json.loads(request.body[: int(length)])
    assert list(described) == ["id", "parameters", "inputs", "outputs"]
    assert described["parameters"] == dict(custom) | {"sequence_id": 7, "sequence_start": True}
    assert request.body[int(length) :] == plain.body[-24:], "the tensors are the same"
    assert b"Content-Length: %d\r\n" % len(request.body) in request.head
