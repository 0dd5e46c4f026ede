import numpy as np
import pytest

from loadgen.errors import ConfigError
from loadgen.load.inputs import input_shapes, random_inputs
from loadgen.load.model import Model
from loadgen.load.tensors import DTYPES, TensorSpec

ALL_DATATYPES = sorted(DTYPES)


def model(*shape, datatype="FP32", max_batch_size=0):
    return Model("m", max_batch_size, (TensorSpec("x", datatype, shape),), ())


def sentence(call, *args, **kwargs):
    with pytest.raises(ConfigError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


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
    assert input_shapes(a_model, batch_size=batch_size, shapes=shapes) == {"x": travels_as}
    assert random_inputs(a_model, batch_size=batch_size, shapes=shapes)["x"].shape == travels_as


@pytest.mark.parametrize(
    ("a_model", "batch_size", "shapes", "error"),
    [
        pytest.param(
            model(-1, 28),
            1,
            {},
            'input "x" has shape [-1,28]: add --shape x:N,28 with a number in place of N',
            id="a dynamic dimension without --shape",
        ),
        pytest.param(
            model(-1, -1),
            1,
            {},
            'input "x" has shape [-1,-1]: add --shape x:N,N with numbers in place of N',
            id="two dynamic dimensions without --shape",
        ),
        pytest.param(
            model(-1), 1, {"X": (1,)}, '--shape X: model "m" has no such input; it has x', id="--shape for no input"
        ),
        pytest.param(
            model(-1, 28),
            1,
            {"x": (28,)},
            '--shape x:28: input "x" has shape [-1,28]; only a -1 can be replaced',
            id="--shape of another rank",
        ),
        pytest.param(
            model(-1, 28, max_batch_size=4),
            1,
            {"x": (5, 29)},
            '--shape x:5,29: input "x" has shape [-1,28] besides the batch dimension; only a -1 can be replaced',
            id="--shape against a fixed dimension",
        ),
        pytest.param(
            model(1), 2, {}, '-b 2: model "m" does not batch (its max_batch_size is 0)', id="-b without batching"
        ),
        pytest.param(
            model(1, max_batch_size=4), 5, {}, '-b 5: the max_batch_size of model "m" is 4', id="-b above the maximum"
        ),
        pytest.param(
            model(-1, datatype="FP64"),
            1,
            {"x": (10**9,)},
            "the inputs take 8.0 GB, and a gRPC message holds 2.1 GB: lower --shape or -b",
            id="more than a message holds",
        ),
        pytest.param(
            model(1, datatype="FP7"),
            1,
            {},
            'input "x" has datatype FP7, which loadgen does not know',
            id="an unknown datatype",
        ),
    ],
)
def test_what_does_not_fit_the_model_is_refused_in_a_sentence(a_model, batch_size, shapes, error):
    assert sentence(random_inputs, a_model, batch_size=batch_size, shapes=shapes) == error


@pytest.mark.parametrize("datatype", ALL_DATATYPES)
def test_every_datatype_can_be_made_in_any_rank(datatype):
    for shape in [(), (0,), (3,), (2, 3)]:
        array = random_inputs(model(*shape, datatype=datatype))["x"]
        assert (array.shape, array.dtype) == (shape, DTYPES[datatype])


@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64", "BF16"])
def test_floats_are_finite_and_not_all_the_same(datatype):
    array = random_inputs(model(1000, datatype=datatype))["x"]
    if datatype == "BF16":
        array = (array.astype("<u4") << 16).view("<f4")  # a bfloat16 is the upper half of a 32-bit float
    assert 0 <= array.min() < 0.1
    assert 0.9 < array.max() <= 1


@pytest.mark.parametrize("datatype", [name for name in ALL_DATATYPES if "INT" in name or name == "BOOL"])
def test_integers_are_indices_that_every_table_has(datatype):
    assert set(random_inputs(model(100, datatype=datatype))["x"].tolist()) == {0, 1}


def test_strings_are_128_characters_and_differ():
    strings = random_inputs(model(2, 2, datatype="BYTES"))["x"].ravel().tolist()
    assert [len(string) for string in strings] == [128] * 4
    assert len(set(strings)) == 4
    assert all(isinstance(string, bytes) and string.isascii() for string in strings)


def test_the_same_seed_makes_the_same_inputs_and_another_seed_makes_others():
    first, again, other = (random_inputs(model(100), seed=seed)["x"] for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_two_inputs_differ():
    two = Model("m", 0, (TensorSpec("a", "FP32", (100,)), TensorSpec("b", "FP32", (100,))), ())
    inputs = random_inputs(two)
    assert list(inputs) == ["a", "b"]
    assert not np.array_equal(inputs["a"], inputs["b"])
