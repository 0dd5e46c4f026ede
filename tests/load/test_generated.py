import numpy as np
import pytest

from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.tensors import DTYPES, TensorSpec
from tests.load.models import PAIR, model
from tests.load.sentences import sentence
from tests.load.steps import steps_of

ALL_DATATYPES = sorted(DTYPES)


def made(a_model, **inputs):
    return generated_inputs(a_model, Inputs(**inputs))["x"]


@pytest.mark.parametrize(
    ("a_model", "batch_size", "shapes", "travels_as"),
    [
        pytest.param(model(1, 28, 28), 1, {}, (1, 28, 28), id="a fixed shape stays as it is"),
        pytest.param(model(), 1, {}, (), id="a scalar stays a scalar"),
        pytest.param(model(28, max_batch_size=8), 1, {}, (1, 28), id="a batching model gets a batch dimension of 1"),
        pytest.param(model(28, max_batch_size=8), 8, {}, (8, 28), id="-b is the batch dimension"),
        pytest.param(model(max_batch_size=8), 2, {}, (2,), id="the batch dimension may be the only one"),
        pytest.param(model(-1, 3), 1, {"x": (7, 3)}, (7, 3), id="--shape replaces the dynamic dimension"),
        pytest.param(model(-1, max_batch_size=4), 2, {"x": (7,)}, (2, 7), id="--shape leaves the batch dimension out"),
        pytest.param(model(5), 1, {"x": (5,)}, (5,), id="--shape may repeat a fixed shape"),
    ],
)
def test_the_shape_in_which_an_input_travels(a_model, batch_size, shapes, travels_as):
    assert made(a_model, batch_size=batch_size, shapes=shapes).shape == travels_as


@pytest.mark.parametrize(
    ("a_model", "inputs", "error"),
    [
        pytest.param(
            model(-1, 28),
            {},
            'input "x" has shape [-1,28]: add --shape x:N,28 with a number in place of N',
            id="a dynamic dimension without --shape",
        ),
        pytest.param(
            model(-1, -1),
            {},
            'input "x" has shape [-1,-1]: add --shape x:N,N with numbers in place of N',
            id="two dynamic dimensions without --shape",
        ),
        pytest.param(
            model(-1),
            {"shapes": {"X": (1,)}},
            '--shape X: model "m" has no such input; it has x',
            id="--shape for no input",
        ),
        pytest.param(
            model(-1, 28),
            {"shapes": {"x": (28,)}},
            '--shape x:28: input "x" has shape [-1,28]; only a -1 can be replaced',
            id="--shape of another rank",
        ),
        pytest.param(
            model(-1, 28, max_batch_size=4),
            {"shapes": {"x": (5, 29)}},
            '--shape x:5,29: input "x" has shape [-1,28] besides the batch dimension; only a -1 can be replaced',
            id="--shape against a fixed dimension",
        ),
        pytest.param(
            model(1),
            {"batch_size": 2},
            '-b 2: model "m" does not batch (its max_batch_size is 0)',
            id="-b without batching",
        ),
        pytest.param(
            model(1, max_batch_size=4),
            {"batch_size": 5},
            '-b 5: the max_batch_size of model "m" is 4',
            id="-b above the maximum",
        ),
        pytest.param(
            model(-1, datatype="FP64"),
            {"shapes": {"x": (10**9,)}},
            "the inputs take 8.0 GB, and a gRPC message holds 2.1 GB: lower --shape or -b",
            id="more than a message holds",
        ),
        pytest.param(
            model(1000, datatype="BYTES"),
            {"string_length": 10**7},
            "the inputs take 10.0 GB, and a gRPC message holds 2.1 GB: lower --shape or -b",
            id="strings that are too long for a message",
        ),
        pytest.param(
            model(1, datatype="FP7"), {}, 'input "x" has datatype FP7, which loadgen does not know', id="a new datatype"
        ),
    ],
)
def test_what_does_not_fit_the_model_is_refused_in_a_sentence(a_model, inputs, error):
    assert sentence(steps_of, a_model, Inputs(**inputs)) == error


@pytest.mark.parametrize("generate", ["random", "zero"])
@pytest.mark.parametrize("datatype", ALL_DATATYPES)
def test_every_datatype_can_be_made_in_any_rank(datatype, generate):
    for shape in [(), (0,), (3,), (2, 3)]:
        array = made(model(*shape, datatype=datatype), generate=generate)
        assert (array.shape, array.dtype) == (shape, DTYPES[datatype])


@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64", "BF16"])
def test_random_floats_are_finite_and_not_all_the_same(datatype):
    array = made(model(1000, datatype=datatype))
    if datatype == "BF16":
        array = (array.astype("<u4") << 16).view("<f4")  # a bfloat16 is the upper half of a 32-bit float
    assert 0 <= array.min() < 0.1
    assert 0.9 < array.max() <= 1


@pytest.mark.parametrize("datatype", [name for name in ALL_DATATYPES if "INT" in name or name == "BOOL"])
def test_random_integers_are_indices_that_every_table_has(datatype):
    assert set(made(model(100, datatype=datatype)).tolist()) == {0, 1}


@pytest.mark.parametrize("datatype", [name for name in ALL_DATATYPES if name != "BYTES"])
def test_zero_is_zero(datatype):
    assert not made(model(100, datatype=datatype), generate="zero").any()


@pytest.mark.parametrize("generate", ["random", "zero"])
def test_strings_are_random_whatever_the_numbers_are(generate):
    strings = made(model(2, 2, datatype="BYTES"), generate=generate).ravel().tolist()
    assert [len(string) for string in strings] == [128] * 4
    assert len(set(strings)) == 4
    assert all(isinstance(string, bytes) and string.isascii() for string in strings)


def test_the_length_of_strings_can_be_chosen():
    assert [len(string) for string in made(model(3, datatype="BYTES"), string_length=5)] == [5, 5, 5]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        pytest.param("hello", b"hello", id="a word"),
        pytest.param("", b"", id="nothing"),
        pytest.param("七", b"\xe4\xb8\x83", id="UTF-8"),
        pytest.param("\udcff", b"\xff", id="a byte of the command line that is not UTF-8"),
    ],
)
def test_strings_can_be_given(text, sent):
    assert made(model(2, datatype="BYTES"), string_data=text).tolist() == [sent, sent]


def test_the_same_seed_makes_the_same_inputs_and_another_seed_makes_others():
    first, again, other = (made(model(100), seed=seed) for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_two_inputs_differ():
    two = Model("m", 0, (TensorSpec("a", "FP32", (100,)), TensorSpec("b", "FP32", (100,))), ())
    inputs = generated_inputs(two, Inputs())
    assert list(inputs) == ["a", "b"]
    assert not np.array_equal(inputs["a"], inputs["b"])


def test_there_is_one_step_with_all_inputs_even_optional_ones_and_nothing_is_expected():
    (step,) = steps_of(PAIR, Inputs())
    assert (list(step.inputs), step.expected) == (["a", "b"], {})
