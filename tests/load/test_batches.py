"""How the samples of files become the batches of requests."""

import json

import pytest

from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.tensors import TensorSpec
from tests.load.sentences import sentence
from tests.load.steps import steps_of

MODEL = Model(
    "m",
    max_batch_size=8,
    inputs=(TensorSpec("x", "INT32", (-1,)), TensorSpec("y", "INT32", (1,), optional=True)),
    outputs=(TensorSpec("z", "INT32", (1,)),),
)


@pytest.fixture
def steps_of_data(tmp_path, monkeypatch):
    """Return a function that gives the steps of these samples and expectations in batches."""
    monkeypatch.chdir(tmp_path)

    def steps_of_data(data, batch_size, expected=None):
        document = {"data": data} if expected is None else {"data": data, "validation_data": expected}
        (tmp_path / "a.json").write_text(json.dumps(document))
        return steps_of(MODEL, Inputs(files=("a.json",), batch_size=batch_size, shapes={"x": (1,)}))

    return steps_of_data


@pytest.mark.parametrize(
    ("samples", "batch_size", "batches"),
    [
        pytest.param(3, 1, [[0], [1], [2]], id="one after the other"),
        pytest.param(4, 2, [[0, 1], [2, 3]], id="two at a time"),
        pytest.param(3, 2, [[0, 1], [2, 0], [1, 2]], id="a batch goes on at the beginning"),
        pytest.param(1, 3, [[0, 0, 0]], id="a batch of a single sample"),
        pytest.param(2, 3, [[0, 1, 0], [1, 0, 1]], id="a batch larger than all samples"),
        pytest.param(4, 6, [[0, 1, 2, 3, 0, 1], [2, 3, 0, 1, 2, 3]], id="until it is the same again"),
    ],
)
def test_a_batch_takes_the_next_samples_going_round(steps_of_data, samples, batch_size, batches):
    steps = steps_of_data([{"x": [n]} for n in range(samples)], batch_size, [{"z": [n]} for n in range(samples)])
    assert [step.inputs["x"].ravel().tolist() for step in steps] == batches
    assert [step.expected["z"].ravel().tolist() for step in steps] == batches
    assert {step.inputs["x"].shape for step in steps} == {(batch_size, 1)}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param({"x": {"content": [1, 2], "shape": [2]}}, [{}, {}], id="another shape"),
        pytest.param({"x": [1], "y": [1]}, [{}, {}], id="an optional input"),
        pytest.param({"x": [1]}, [{}, {"z": [1]}], id="an expectation"),
    ],
)
def test_samples_that_differ_in_form_do_not_make_a_batch(steps_of_data, other, expected):
    data = [{"x": [0]}, other]
    assert len(steps_of_data(data, 1, expected)) == 2
    assert sentence(steps_of_data, data, 2, expected) == (
        "--input-data a.json, stream 0, step 1: its tensors or their shapes are not those of "
        "--input-data a.json, stream 0, step 0, and -b 2 puts both into one request"
    )
