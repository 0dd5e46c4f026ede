import struct

import pytest

from loadgen.load.input_data import Inputs
from loadgen.load.steps import input_steps
from tests.load.models import PAIR, model
from tests.load.sentences import sentence
from tests.load.steps import steps_of


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes files into the directory `d`, below the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(**contents):
        (tmp_path / "d").mkdir()
        for name, content in contents.items():
            (tmp_path / "d" / name).write_bytes(content)
        return Inputs(files=("d",))

    return write


def test_a_file_holds_the_bytes_of_an_input_or_of_an_expected_output(write):
    (step,) = steps_of(PAIR, write(a=struct.pack("<2i", 1, -2), sum=struct.pack("<2i", 3, 4), text=b"one\ntwo\n"))
    assert {name: array.tolist() for name, array in step.inputs.items()} == {"a": [1, -2]}
    assert {name: array.tolist() for name, array in step.expected.items()} == {"sum": [3, 4], "text": [b"one", b"two"]}


def test_a_directory_holds_no_stream(write):
    assert input_steps(PAIR, write(a=struct.pack("<2i", 1, -2))).stream_sizes == ()


@pytest.mark.parametrize(
    ("content", "strings"),
    [
        pytest.param(b"a\nb\n", [b"a", b"b"], id="each line is a string"),
        pytest.param(b"a\nb", [b"a", b"b"], id="the last line may lack its end"),
        pytest.param(b"\n\xff\n", [b"", b"\xff"], id="a line may be empty, or no text"),
    ],
)
def test_strings_are_lines(write, content, strings):
    (step,) = steps_of(model(2, datatype="BYTES", max_batch_size=8), write(x=content))
    assert step.inputs["x"].tolist() == [strings]


def test_a_batch_holds_the_same_inference_again_and_again(write):
    inputs = Inputs(files=write(x=b"\x07").files, batch_size=3)
    (step,) = steps_of(model(1, datatype="INT8", max_batch_size=8), inputs)
    assert step.inputs["x"].tolist() == [[7], [7], [7]]


@pytest.mark.parametrize(
    ("a_model", "contents", "error"),
    [
        pytest.param(PAIR, {}, '--input-data d: input "a" is missing', id="an empty directory"),
        pytest.param(
            PAIR,
            {"c": b""},
            '--input-data d/c: the model has no input or output "c"; it has a, b, sum, text',
            id="an unknown name",
        ),
        pytest.param(
            PAIR, {"a": b"\0" * 4}, "--input-data d/a: it has 1 elements, and the shape [2] takes 2", id="too few bytes"
        ),
        pytest.param(
            PAIR,
            {"a": b"\0" * 7},
            "--input-data d/a: 7 bytes cannot be INT32, which has 4 bytes for each",
            id="odd bytes",
        ),
        pytest.param(
            model(2, datatype="BYTES"),
            {"x": b"a\n"},
            "--input-data d/x: it has 1 elements, and the shape [2] takes 2",
            id="too few lines",
        ),
        pytest.param(
            model(2, datatype="BYTES"),
            {"x": b""},
            "--input-data d/x: it has 0 elements, and the shape [2] takes 2",
            id="no lines",
        ),
        pytest.param(
            model(-1),
            {"x": b""},
            '--input-data d/x: input "x" has shape [-1]: add --shape x:N with a number in place of N',
            id="a dynamic dimension",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_the_file(write, a_model, contents, error):
    assert sentence(steps_of, a_model, write(**contents)) == error


def test_a_directory_in_the_directory_cannot_be_read(write, tmp_path):
    inputs = write()
    (tmp_path / "d" / "a").mkdir()
    assert sentence(steps_of, PAIR, inputs) == "--input-data d/a: it cannot be read: Is a directory"


def test_a_directory_stands_alone(write):
    inputs = Inputs(files=("a.json", *write().files))
    assert sentence(steps_of, PAIR, inputs) == "--input-data d: a directory cannot be joined with other input data"
