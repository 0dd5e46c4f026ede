"""Arrays of the caller's own, checked against the model."""

import re
from itertools import repeat

import numpy as np
import pytest

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.steps import drawn_steps
from loadgen.load.tensors import TensorSpec
from tests.load.steps import steps_of

FLAT = Model("m", 0, (TensorSpec("x", "FP32", (2,)),), (TensorSpec("y", "FP32", (1,)),))
BATCHED = Model("m", 4, FLAT.inputs, FLAT.outputs)
WORDS = Model("m", 0, (TensorSpec("x", "BYTES", (-1,)),), ())


def x(*values, dtype=np.float32):
    return {"x": np.array(values, dtype)}


def sent(steps):
    return [step.inputs["x"].tolist() for step in steps]


def test_a_list_is_sent_in_its_order():
    assert sent(steps_of(FLAT, Inputs(arrays=[x(1, 2), x(3, 4)]))) == [[1, 2], [3, 4]]


def test_a_list_in_batches_goes_round():
    inputs = Inputs(arrays=[x(n, n) for n in range(3)], batch_size=2)
    assert sent(steps_of(BATCHED, inputs)) == [[[0, 0], [1, 1]], [[2, 2], [0, 0]], [[1, 1], [2, 2]]]


def test_outputs_in_a_list_are_what_is_expected():
    (step,) = steps_of(FLAT, Inputs(arrays=[x(1, 2) | {"y": np.array([3], np.float32)}]))
    assert (list(step.inputs), step.expected["y"].tolist()) == (["x"], [3])


def test_an_iterator_is_asked_for_as_many_as_a_request_carries():
    asked = []

    def endless():
        for number in range(1000):
            asked.append(number)
            yield x(number, number)

    steps = drawn_steps(BATCHED, Inputs(arrays=endless(), batch_size=2))

    assert sent([next(steps)]) == [[[0, 0], [1, 1]]]
    assert asked == [0, 1]


def test_what_is_left_and_fills_no_batch_is_not_sent():
    inputs = Inputs(arrays=iter([x(n, n) for n in range(3)]), batch_size=2)
    assert sent(drawn_steps(BATCHED, inputs)) == [[[0, 0], [1, 1]]]


def test_a_callable_is_asked_until_it_returns_none():
    answers = iter([x(1, 2), x(3, 4), None, x(5, 6)])
    assert sent(drawn_steps(FLAT, Inputs(arrays=lambda: next(answers)))) == [[1, 2], [3, 4]]


def test_strings_are_sent_as_bytes():
    assert sent(steps_of(WORDS, Inputs(arrays=[{"x": np.array(["a", "bä"])}]))) == [[b"a", "bä".encode()]]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        pytest.param({"z": np.zeros(2)}, 'the model has no input or output "z"; it has x, y', id="an unknown name"),
        pytest.param({}, 'input "x" is missing', id="a missing input"),
        pytest.param(x(1, 2, 3), '"x" has shape [3], and the model takes [2] for each inference', id="another shape"),
        pytest.param(x(1, 2, dtype=np.float64), '"x" holds float64, and FP32 takes float32', id="another datatype"),
        pytest.param([1, 2], "give a mapping of arrays by the names of inputs, not list", id="no mapping"),
    ],
)
def test_arrays_that_do_not_fit_are_named_by_their_number(arrays, sentence: str):
    with pytest.raises(ConfigError, match=re.escape(f"arrays, step 1: {sentence}")):
        steps_of(FLAT, Inputs(arrays=[x(1, 2), arrays]))
    drawn = drawn_steps(FLAT, Inputs(arrays=iter([x(1, 2), arrays])))
    next(drawn)
    with pytest.raises(ConfigError, match=re.escape(f"arrays, step 1: {sentence}")):
        next(drawn)


def test_outputs_cannot_be_compared_with_what_is_not_known_ahead():
    drawn = drawn_steps(FLAT, Inputs(arrays=repeat(x(1, 2) | {"y": np.array([3], np.float32)})))
    with pytest.raises(ConfigError, match="arrays, step 0: outputs to compare with have to be known ahead"):
        next(drawn)


@pytest.mark.parametrize("arrays", [[x(1, 2)], repeat(x(1, 2))], ids=["a list", "an iterator"])
def test_a_batch_that_the_model_does_not_take_is_refused(arrays):
    inputs = Inputs(arrays=arrays, batch_size=5)
    with pytest.raises(ConfigError, match='the max_batch_size of model "m" is 4'):
        next(iter(drawn_steps(BATCHED, inputs) if inputs.are_drawn else steps_of(BATCHED, inputs)))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param({"arrays": []}, "at least one mapping", id="none"),
        pytest.param({"arrays": x(1, 2)}, "give a list of mappings, even if it is only one", id="one alone"),
        pytest.param({"arrays": [x(1, 2)], "files": ("a.json",)}, "not made up, read from files", id="and files"),
        pytest.param({"arrays": [x(1, 2)], "generate": "zero"}, "not made up, read from files", id="and zeros"),
        pytest.param({"arrays": [x(1, 2)], "shapes": {"x": (1,)}}, "or given a shape", id="and shapes"),
    ],
)
def test_arrays_go_with_no_other_source(options, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        Inputs(**options)
