import zipfile

import numpy as np
import pytest

from loadgen.load.input_data import Inputs
from tests.load.models import PAIR, model
from tests.load.sentences import sentence
from tests.load.steps import steps_of


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(array):
    np.save("a.npy", array)
    return Inputs(files=("a.npy",))


def save_all(**arrays):
    np.savez("a.npz", **arrays)
    return Inputs(files=("a.npz",))


@pytest.mark.parametrize(
    ("a_model", "array", "steps"),
    [
        pytest.param(model(2), np.array([[1, 2], [3, 4]], "<f4"), [[1, 2], [3, 4]], id="a step is a row"),
        pytest.param(model(), np.array([1, 2], "<f4"), [1, 2], id="of scalars, each is a step"),
        pytest.param(model(-1), np.zeros((1, 3), "<f4"), [[0, 0, 0]], id="a dynamic dimension is that of the file"),
        pytest.param(model(1, max_batch_size=2), np.zeros((2, 1), "<f4"), [[[0]], [[0]]], id="a batching model"),
        pytest.param(model(1, datatype="INT32"), np.array([[258]], ">i4"), [[258]], id="big-endian numbers"),
        pytest.param(model(1, datatype="BYTES"), np.array([["七"]]), [["七".encode()]], id="strings"),
        pytest.param(model(1, datatype="BYTES"), np.array([[b"\xff"]]), [[b"\xff"]], id="bytes"),
        pytest.param(model(1, datatype="BF16"), np.array([[0x3F80]], "<u2"), [[0x3F80]], id="the bits of BF16"),
        pytest.param(model(2), np.asfortranarray(np.array([[1, 2], [3, 4]], "<f4")), [[1, 2], [3, 4]], id="by columns"),
    ],
)
def test_an_array_holds_the_steps_of_the_only_input(a_model, array, steps):
    assert [step.inputs["x"].tolist() for step in steps_of(a_model, save(array))] == steps


def test_arrays_by_name_are_inputs_and_what_is_expected():
    inputs = save_all(a=np.array([[1, 2], [3, 4]], "<i4"), sum=np.array([[5, 6], [7, 8]], "<i4"))
    first, second = steps_of(PAIR, inputs)
    assert (first.inputs["a"].tolist(), first.expected["sum"].tolist()) == ([1, 2], [5, 6])
    assert (second.inputs["a"].tolist(), second.expected["sum"].tolist()) == ([3, 4], [7, 8])
    assert (list(first.inputs), list(first.expected)) == (["a"], ["sum"])


@pytest.mark.parametrize(
    ("array", "error"),
    [
        pytest.param(np.zeros((3, 2)), '"x" holds float64, and FP32 takes float32', id="floats of another size"),
        pytest.param(
            np.zeros((3, 4), "<f4"),
            '"x" has shape [3,4], and the model takes [2] behind a dimension of steps',
            id="a shape",
        ),
        pytest.param(
            np.zeros(2, "<f4"), '"x" has shape [2], and the model takes [2] behind a dimension of steps', id="no steps"
        ),
        pytest.param(
            np.float32(1), '"x" has shape [], and the model takes [2] behind a dimension of steps', id="a single number"
        ),
        pytest.param(
            np.zeros((0, 2), "<f4"),
            'every array has to have the same number of steps, at least one: "x" has 0',
            id="no step at all",
        ),
        pytest.param(np.array([[b"a", None]], object), "numpy cannot read it: ", id="a pickle"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_the_file(array, error):
    assert sentence(steps_of, model(2), save(array)).startswith(f"--input-data a.npy: {error}")


@pytest.mark.parametrize(
    ("arrays", "error"),
    [
        pytest.param(
            {"a": np.zeros((1, 2), "<i4"), "z": np.zeros(1)},
            'the model has no input or output "z"; it has a, b, sum, text',
            id="an unknown name",
        ),
        pytest.param({"b": np.zeros((1, 2), "<i4")}, 'input "a" is missing', id="a missing input"),
        pytest.param(
            {"a": np.zeros((2, 2), "<i4"), "b": np.zeros((1, 2), "<i4")},
            'every array has to have the same number of steps, at least one: "a" has 2, "b" has 1',
            id="another number of steps",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(arrays, error):
    assert sentence(steps_of, PAIR, save_all(**arrays)) == f"--input-data a.npz: {error}"


def test_strings_are_no_numbers():
    assert sentence(steps_of, model(1, datatype="BYTES"), save(np.zeros((1, 1), "<f4"))) == (
        '--input-data a.npy: "x" holds float32, and BYTES takes strings (S or U)'
    )


def test_an_array_without_a_name_is_not_enough_for_two_inputs():
    assert sentence(steps_of, PAIR, save(np.zeros((1, 2), "<i4"))) == (
        '--input-data a.npy: model "pair" has 2 inputs: give an .npz file, with their names'
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(None, "it cannot be read: No such file or directory", id="missing"),
        pytest.param(b"", "numpy cannot read it: ", id="empty"),
        pytest.param(b"PK\x03\x04", "numpy cannot read it: ", id="half a zip file"),
        pytest.param(b"nonsense", "numpy cannot read it: ", id="something else"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_name(tmp_path, content, error):
    if content is not None:
        (tmp_path / "a.npz").write_bytes(content)
    assert sentence(steps_of, PAIR, Inputs(files=("a.npz",))).startswith(f"--input-data a.npz: {error}")


def test_a_member_that_is_no_array_is_refused_by_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a", "text")
    assert sentence(steps_of, PAIR, Inputs(files=("a.npz",))) == '--input-data a.npz: its member "a" is no array'


def test_a_damaged_archive_is_refused_with_its_name(tmp_path):
    np.savez_compressed("a.npz", a=np.arange(1000, dtype="<i4").reshape(500, 2))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[60:160] = bytes(100)
    (tmp_path / "a.npz").write_bytes(content)
    assert sentence(steps_of, PAIR, Inputs(files=("a.npz",))).startswith("--input-data a.npz: numpy cannot read it: ")


def test_numpy_and_json_files_follow_each_other(tmp_path):
    (tmp_path / "b.json").write_text('{"data": [{"x": [3]}]}')
    save(np.array([[1], [2]], "<f4"))
    steps = steps_of(model(1), Inputs(files=("a.npy", "b.json")))
    assert [step.inputs["x"].tolist() for step in steps] == [[1], [2], [3]]
