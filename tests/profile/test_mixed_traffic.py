"""What goes to several models, and in which order."""

import struct
from itertools import islice

import numpy as np
import pytest
from tritonclient.grpc import service_pb2

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.mix import Mix
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.measure.search import LinearSearch
from loadgen.profile.mixed_traffic import mixed_traffic
from loadgen.profile.plan import Plan

A, B = Target("h:1", "a"), Target("h:1", "b")


def model(name, *inputs, **more):
    return Model(name, 0, tuple(TensorSpec(one, "INT32", (-1,)) for one in inputs), (), **more)


MODELS = (model("a", "x"), model("b", "x", "y"))


def sent(inputs, own=None, models=MODELS):
    """Return the first eight requests, each as (model, shapes of its inputs, first number of the first one)."""
    plan = Plan(A, LinearSearch(1, 1), inputs=inputs, mix=Mix({A: 3, B: 1}, own or {}))
    traffic = mixed_traffic(plan, {one.name: one for one in models}, None)
    return [told(request) for request in islice(traffic.requests, 8)]


def told(request):
    message = service_pb2.ModelInferRequest.FromString(request.body[5:])  # behind the prefix of gRPC
    shapes = {tensor.name: tuple(tensor.shape) for tensor in message.inputs}
    return message.model_name, shapes, *struct.unpack_from("<i", message.raw_input_contents[0])


def test_each_model_has_its_turns_and_goes_round_by_itself():
    arrays = [{"x": np.array([number], np.int32)} for number in range(4)]
    requests = sent(Inputs(arrays=arrays), models=(model("a", "x"), model("b", "x")))

    assert [(name, number) for name, _, number in requests] == [
        *(("a", 0), ("a", 1), ("b", 0), ("a", 2)),
        *(("a", 3), ("a", 0), ("b", 1), ("a", 1)),
    ]


def test_a_shape_is_for_all_that_have_such_an_input():
    requests = sent(Inputs(shapes={"x": (2,), "y": (3,)}))

    assert requests[0][:2] == ("a", {"x": (2,)})
    assert requests[2][:2] == ("b", {"x": (2,), "y": (3,)})


def test_a_model_with_inputs_of_its_own_has_none_of_the_others():
    own = {"b": Inputs(shapes={"x": (5,), "y": (6,)})}
    requests = sent(Inputs(shapes={"x": (2,)}), own)

    assert requests[0][:2] == ("a", {"x": (2,)})
    assert requests[2][:2] == ("b", {"x": (5,), "y": (6,)})


@pytest.mark.parametrize(
    ("inputs", "own", "sentence"),
    [
        pytest.param(Inputs(shapes={"x": (2,)}), {}, 'model "b": input "y" has shape [-1]: ', id="a missing shape"),
        pytest.param(
            Inputs(shapes={"z": (2,)}),
            {},
            "--shape z: no model that this is for has such an input",
            id="an unknown input",
        ),
        pytest.param(
            Inputs(shapes={"x": (2,), "y": (2,)}),
            {"b": Inputs()},
            "--shape y: no model that this is for has such an input",
            id="an input of a model that has its own",
        ),
        pytest.param(
            Inputs(shapes={"x": (2,)}),
            {"b": Inputs(shapes={"z": (2,)})},
            '--shape z: model "b" has no such input; it has x, y',
            id="an unknown input of its own",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_the_name_of_the_model(inputs, own, sentence):
    with pytest.raises(ConfigError) as caught:
        sent(inputs, own)
    assert str(caught.value).startswith(sentence)


def test_a_sequence_model_is_refused():
    with pytest.raises(ConfigError) as caught:
        sent(Inputs(), models=(model("a", "x"), model("b", "x", is_sequence=True)))
    assert str(caught.value) == '"b" is a sequence model, which is not measured together with others'
