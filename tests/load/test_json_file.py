"""JSON input data: what each form means, and what is said of each that cannot be meant."""

import base64
import json
import struct

import numpy as np
import pytest

from loadgen.load.input_data import Inputs
from loadgen.load.steps import input_steps
from loadgen.load.tensors import DTYPES
from tests.load.models import PAIR, model
from tests.load.sentences import sentence
from tests.load.steps import steps_of

INTEGERS = model(2, datatype="INT32")


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes files into the working directory, as JSON unless they are text, and their names."""
    monkeypatch.chdir(tmp_path)

    def write(**contents):
        for name, content in contents.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / f"{name}.json").write_text(text)
        return tuple(f"{name}.json" for name in contents)

    return write


def data(*steps):
    return {"data": list(steps)}


def b64(raw):
    return {"b64": base64.b64encode(raw).decode()}


def values(steps, name="x"):
    return [step.inputs[name].tolist() for step in steps]


@pytest.mark.parametrize(
    ("a_model", "tensor", "array"),
    [
        pytest.param(model(2, datatype="INT32"), [3, -4], [3, -4], id="whole numbers"),
        pytest.param(model(2, datatype="UINT64"), [2**64 - 1, 0], [2**64 - 1, 0], id="the largest whole number"),
        pytest.param(model(2, datatype="BOOL"), [True, False], [True, False], id="true and false"),
        pytest.param(model(3), [1, 2.5, -1e-3], [1, 2.5, np.float32(-1e-3)], id="floats, with a point or without"),
        pytest.param(model(1, datatype="FP16"), [0.5], [0.5], id="half floats"),
        pytest.param(model(1), [3.4028235e38], [np.finfo(np.float32).max], id="the largest float, rounded"),
        pytest.param(model(2), [float("inf"), -float("inf")], [np.inf, -np.inf], id="Infinity"),
        pytest.param(model(2, datatype="BYTES"), ["a", "七"], [b"a", "七".encode()], id="strings"),
        pytest.param(model(2, 2), [1, 2, 3, 4], [[1, 2], [3, 4]], id="a flat list in the shape of the model"),
        pytest.param(model(), [7], 7, id="a scalar"),
        pytest.param(model(2, datatype="INT16"), b64(struct.pack("<2h", 1, -2)), [1, -2], id="bytes in base64"),
        pytest.param(model(1, datatype="BF16"), b64(b"\x80\x3f"), [0x3F80], id="BF16 in base64"),
        pytest.param(
            model(2, datatype="BYTES"),
            b64(b"\x01\0\0\0a\0\0\0\0"),
            [b"a", b""],
            id="strings behind their lengths in base64",
        ),
        pytest.param(model(-1, 2), {"content": [1, 2], "shape": [1, 2]}, [[1, 2]], id="values with a shape"),
        pytest.param(
            model(-1, datatype="INT8"), {"content": b64(b"\x01\x02"), "shape": [2]}, [1, 2], id="base64 with a shape"
        ),
        pytest.param(model(-1), {"content": [], "shape": [0]}, [], id="nothing"),
    ],
)
def test_what_a_tensor_means(write, a_model, tensor, array):
    (step,) = steps_of(a_model, Inputs(files=write(a=data({"x": tensor}))))
    assert step.inputs["x"].tolist() == np.array(array, step.inputs["x"].dtype).tolist()
    assert step.inputs["x"].dtype == DTYPES[a_model.inputs[0].datatype]
    assert step.expected == {}


def test_nan_is_a_float(write):
    (step,) = steps_of(model(1), Inputs(files=write(a='{"data": [{"x": [NaN]}]}')))
    assert np.isnan(step.inputs["x"]).all()


def test_a_batching_model_gets_a_batch_dimension(write):
    (step,) = steps_of(model(2, max_batch_size=4), Inputs(files=write(a=data({"x": [1, 2]}))))
    assert step.inputs["x"].tolist() == [[1, 2]]


def test_the_shape_of_the_command_line_is_that_of_tensors_without_one(write):
    files = write(a=data({"x": [1, 2]}, {"x": {"content": [3], "shape": [1]}}))
    assert values(steps_of(model(-1), Inputs(files=files, shapes={"x": (2,)}))) == [[1, 2], [3]]


def test_optional_inputs_are_sent_for_the_steps_that_have_them(write):
    steps = steps_of(PAIR, Inputs(files=write(a=data({"a": [1, 2]}, {"a": [3, 4], "b": [5, 6]}))))
    assert [sorted(step.inputs) for step in steps] == [["a"], ["a", "b"]]


def test_a_member_called_model_is_tolerated_unless_it_is_an_input(write):
    files = write(a=data({"x": [1, 2], "model": "any"}))
    assert values(steps_of(INTEGERS, Inputs(files=files))) == [[1, 2]]
    files = write(b=data({"model": [1, 2]}))
    assert values(steps_of(model(2, name="model"), Inputs(files=files)), "model") == [[1, 2]]


@pytest.mark.parametrize(
    ("contents", "sizes"),
    [
        pytest.param([data({"x": [1, 1]}, {"x": [2, 2]})], (2,), id="steps"),
        pytest.param([data({"x": [1, 1]}), data({"x": [2, 2]})], (2,), id="steps of two files"),
        pytest.param([data([{"x": [1, 1]}, {"x": [2, 2]}], [{"x": [3, 3]}])], (2, 1), id="streams"),
        pytest.param([data([{"x": [1, 1]}]), data([{"x": [2, 2]}])], (1, 1), id="streams of two files"),
    ],
)
def test_how_many_steps_each_stream_has_is_known(write, contents, sizes):
    files = write(**{f"file{number}": content for number, content in enumerate(contents)})
    assert input_steps(INTEGERS, Inputs(files=files)).stream_sizes == sizes


def test_steps_of_several_files_follow_each_other(write):
    files = write(a=data({"x": [1, 1]}, {"x": [2, 2]}), b=data({"x": [3, 3]}))
    assert values(steps_of(INTEGERS, Inputs(files=files))) == [[1, 1], [2, 2], [3, 3]]


def test_of_several_streams_the_first_is_sent(write):
    files = write(a=data([{"x": [1, 1]}, {"x": [2, 2]}], [{"x": [3, 3]}]), b=data([{"x": [4, 4]}]))
    assert values(steps_of(INTEGERS, Inputs(files=files))) == [[1, 1], [2, 2]]


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
def test_validation_data_say_what_is_expected(write, nested):
    steps, answers = [{"a": [1, 2]}, {"a": [3, 4]}], [{"sum": [1, 2], "text": ["x", "y"]}, {}]
    document = {"data": [steps] if nested else steps, "validation_data": [answers] if nested else answers}
    first, second = steps_of(PAIR, Inputs(files=write(a=document)))
    assert {name: array.tolist() for name, array in first.expected.items()} == {"sum": [1, 2], "text": [b"x", b"y"]}
    assert second.expected == {}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param("{", "--input-data a.json: it is no JSON: ", id="no JSON"),
        pytest.param([], '--input-data a.json: it has to be an object with a member "data"', id="a list"),
        pytest.param({}, '--input-data a.json: it has to be an object with a member "data"', id="no data"),
        pytest.param({"data": []}, '--input-data a.json: "data" has to be a list of steps', id="no steps"),
        pytest.param({"data": [[]]}, '--input-data a.json: "data" has to be a list of steps', id="an empty stream"),
        pytest.param(data({"x": [1]}, [{"x": [1]}]), '--input-data a.json: "data" has to', id="a step beside a stream"),
        pytest.param(data(3), '--input-data a.json: "data" has to be a list of steps', id="a step that is a number"),
        pytest.param(
            {"data": [{"x": [1, 2]}], "validation_data": []},
            '--input-data a.json: "validation_data" has to be a list of steps',
            id="validation data without steps",
        ),
        pytest.param(
            {"data": [{"x": [1, 2]}], "validation_data": [{}, {}]},
            '--input-data a.json: "validation_data" has to have as many streams as "data", and each as many steps',
            id="validation data of more steps",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_name(write, content, error):
    assert sentence(steps_of, INTEGERS, Inputs(files=write(a=content))).startswith(error)


@pytest.mark.parametrize(
    ("a_model", "step", "error"),
    [
        pytest.param(INTEGERS, {"y": [1]}, 'the model has no input "y"; it has x', id="an unknown input"),
        pytest.param(INTEGERS, {}, 'input "x" is missing', id="a missing input"),
        pytest.param(INTEGERS, {"x": [1]}, '"x": it has 1 elements, and the shape [2] takes 2', id="too few values"),
        pytest.param(
            INTEGERS,
            {"x": [[1, 2]]},
            '"x": value 0 is [1, 2], and INT32 takes whole numbers, in one flat list',
            id="a nested list",
        ),
        pytest.param(
            INTEGERS, {"x": [1, 2.0]}, '"x": value 1 is 2.0, and INT32 takes whole numbers', id="a float for an integer"
        ),
        pytest.param(
            INTEGERS,
            {"x": [1, True]},
            '"x": value 1 is true, and INT32 takes whole numbers',
            id="a truth value for an integer",
        ),
        pytest.param(
            INTEGERS, {"x": [1, 2**31]}, '"x": 2147483648 is beyond the range of int32', id="a number that is too large"
        ),
        pytest.param(
            model(1, datatype="UINT8"), {"x": [-1]}, '"x": -1 is beyond the range of uint8', id="a negative number"
        ),
        pytest.param(model(1), {"x": [1e39]}, '"x": 1e+39 is beyond the range of float32', id="too large a float"),
        pytest.param(
            model(1),
            {"x": [10**400]},
            '"x": 1000000000000000000000000000000000000000... is beyond the range of float32',
            id="a number that is far too large",
        ),
        pytest.param(model(1), {"x": ["1"]}, '"x": value 0 is "1", and FP32 takes numbers', id="a string for a number"),
        pytest.param(
            model(1, datatype="BOOL"), {"x": [1]}, '"x": value 0 is 1, and BOOL takes true or false', id="a number"
        ),
        pytest.param(
            model(1, datatype="BYTES"), {"x": [1]}, '"x": value 0 is 1, and BYTES takes strings', id="no string"
        ),
        pytest.param(
            model(1, datatype="BYTES"),
            {"x": ["\ud800"]},
            '"x": "\\ud800" is no text that UTF-8 can hold',
            id="half a character",
        ),
        pytest.param(
            model(1, datatype="BF16"),
            {"x": [1.0]},
            '"x": JSON has no numbers of two bytes: give BF16 as {"b64": "..."}',
            id="values of BF16",
        ),
        pytest.param(
            INTEGERS,
            {"x": b64(b"\0" * 7)},
            '"x": 7 bytes cannot be INT32, which has 4 bytes for each',
            id="a byte too few",
        ),
        pytest.param(INTEGERS, {"x": {"b64": "!"}}, '"x": its "b64" is no base64: ', id="no base64"),
        pytest.param(
            model(1, datatype="BYTES"),
            {"x": b64(b"\x05\0\0\0a")},
            '"x": the bytes are no strings, each behind its length in four bytes: ',
            id="a string that is too short",
        ),
        pytest.param(INTEGERS, {"x": 1}, '"x": give a list of values, {"b64": "..."}, or', id="a number alone"),
        pytest.param(
            INTEGERS, {"x": {"shape": [2]}}, '"x": give a list of values, {"b64": "..."}, or', id="no content"
        ),
        pytest.param(
            model(-1, 3),
            {"x": [1, 2, 3]},
            'input "x" has shape [-1,3]: add --shape x:N,3 with a number in place of N, '
            'or give it as {"content": ..., "shape": ...}',
            id="a dynamic dimension that nothing tells",
        ),
        pytest.param(
            model(-1, 3),
            {"x": {"content": [1], "shape": [1]}},
            '"x": its shape [1] does not fit [-1,3], that of the model',
            id="a shape of another rank",
        ),
        pytest.param(
            model(-1),
            {"x": {"content": [1], "shape": [-1]}},
            '"x": its shape [-1] does not fit [-1], that of the model',
            id="a negative dimension",
        ),
        pytest.param(
            model(-1),
            {"x": {"content": [1], "shape": 1}},
            '"x": its "shape" has to be a list of whole numbers',
            id="a shape that is a number",
        ),
        pytest.param(
            model(1, datatype="FP7"),
            {"x": [1]},
            '"x": "x" has datatype FP7, which loadgen does not know',
            id="an unknown datatype",
        ),
    ],
)
def test_a_step_that_cannot_be_meant_is_refused_with_its_place(write, a_model, step, error):
    files = write(a=data(step))
    assert sentence(steps_of, a_model, Inputs(files=files)).startswith(
        f"--input-data a.json, stream 0, step 0: {error}"
    )


def test_the_place_counts_streams_and_steps_from_zero(write):
    files = write(a=data([{"x": [1, 2]}], [{"x": [1, 2]}, {"x": [1]}]))
    assert sentence(steps_of, INTEGERS, Inputs(files=files)).startswith("--input-data a.json, stream 1, step 1: ")


def test_a_wrong_expectation_is_refused_with_its_place(write):
    files = write(a={"data": [{"x": [1, 2]}], "validation_data": [{"y": [1]}]})
    error = '--input-data a.json, stream 0, step 0 of validation_data: the model has no output "y"; it has '
    assert sentence(steps_of, INTEGERS, Inputs(files=files)).startswith(error)


def test_a_flat_file_and_a_nested_one_do_not_go_together(write):
    files = write(a=data({"x": [1, 2]}), b=data([{"x": [3, 4]}]))
    assert sentence(steps_of, INTEGERS, Inputs(files=files)) == (
        "--input-data b.json: it holds a list of streams, and a.json one of steps"
    )


def test_a_file_that_is_not_there_is_named(write):
    assert sentence(steps_of, INTEGERS, Inputs(files=("b.json",))) == (
        "--input-data b.json: it cannot be read: No such file or directory"
    )
