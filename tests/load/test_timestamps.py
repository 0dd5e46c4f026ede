"""The timestamps of JSON input data: when each step is to be sent, and what is said of those that cannot be meant."""

import base64
import json
import struct

import pytest

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.steps import input_steps
from loadgen.load.timestamps import offsets_ns_of
from loadgen.units import ms
from tests.load.models import model


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes JSON files into the working directory and returns their names."""
    monkeypatch.chdir(tmp_path)

    def write(*documents):
        for number, document in enumerate(documents):
            (tmp_path / f"{number}.json").write_text(json.dumps(document))
        return [f"{number}.json" for number in range(len(documents))]

    return write


def data(*timestamps):
    return {"data": [{"x": [7], "timestamp": timestamp} for timestamp in timestamps]}


def test_they_are_milliseconds_from_the_start_in_the_order_of_the_files(write):
    assert offsets_ns_of(write(data([0], [5], [5]), data([1200]))) == (0, ms(5), ms(5), ms(1200))


@pytest.mark.parametrize(
    "written",
    [{"content": [40], "shape": [1]}, {"b64": base64.b64encode(struct.pack("<Q", 40)).decode()}],
    ids=["with its shape", "as bytes"],
)
def test_they_are_written_as_every_tensor_may_be(write, written):
    assert offsets_ns_of(write(data(written))) == (ms(40),)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (data([0]) | {"validation_data": []}, 'with --fixed-schedule it has "data" alone, and not "validation_data"'),
        ({"data": [data([0])["data"]]}, 'with --fixed-schedule its "data" is a list of steps, and not one of streams'),
        ({"steps": []}, 'it has to be an object with a member "data"'),
        ({"data": []}, '"data" has to be a list of steps'),
    ],
)
def test_a_file_that_is_no_list_of_steps_is_refused(write, document, sentence):
    with pytest.raises(ConfigError) as caught:
        offsets_ns_of(write(document))

    assert str(caught.value).startswith(f"--input-data 0.json: {sentence}")


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({"x": [7]}, 'it has no "timestamp", by which --fixed-schedule sends it'),
        ({"timestamp": [4]}, 'its "timestamp" 4 is before 9, that of the step before it'),
        ({"timestamp": [-1]}, '"timestamp": -1 is beyond the range of uint64'),
        ({"timestamp": [9.5]}, '"timestamp": value 0 is 9.5, and UINT64 takes whole numbers'),
        ({"timestamp": [9, 10]}, '"timestamp": it has 2 elements, and the shape [1] takes 1'),
        ({"timestamp": 9}, '"timestamp": give a list of values'),
        (
            {"timestamp": [1_795_362_217_762]},
            'its "timestamp" 1795362217762 is to be milliseconds from the start, at most 10000000000',
        ),
    ],
)
def test_a_timestamp_that_cannot_be_meant_is_refused_with_its_place(write, second, sentence):
    with pytest.raises(ConfigError) as caught:
        offsets_ns_of(write({"data": [{"timestamp": [9]}, second]}))

    assert str(caught.value).startswith(f"--input-data 0.json, stream 0, step 1: {sentence}")


def test_they_are_not_sent(write):
    (path,) = write(data([0], [5]))
    steps = input_steps(model(1), Inputs(files=(path,), has_timestamps=True)).steps

    assert [list(step.inputs) for step in steps] == [["x"], ["x"]]


def test_without_a_schedule_they_are_inputs_that_the_model_has_not(write):
    (path,) = write(data([0]))
    with pytest.raises(ConfigError, match='the model has no input "timestamp"'):
        input_steps(model(1), Inputs(files=(path,)))
