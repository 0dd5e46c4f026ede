"""Whose turn it is among several models, and what goes together in a mix."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.mix import Mix, turns
from loadgen.load.target import Target

A, B = Target("h:1", "a"), Target("h:1", "b")


@pytest.mark.parametrize(
    ("weights", "order"),
    [
        pytest.param([1, 1], "AB", id="in turn"),
        pytest.param([3, 1], "AABA", id="one of four"),
        pytest.param([1, 3], "BABB", id="the first one is not always the first"),
        pytest.param([5, 1, 1], "AABACAA", id="the example of nginx"),
        pytest.param([30, 10], "AABA", id="no longer than need be"),
        pytest.param([7], "A", id="alone"),
    ],
)
def test_turns_are_spread_evenly_and_the_same_every_time(weights, order):
    assert "".join("ABC"[turn] for turn in turns(weights)) == order


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_in_every_round_each_comes_as_often_as_its_weight_says(weights):
    order = turns(weights)
    times = sum(weights) // len(order)

    assert Counter(order * times) == dict(enumerate(weights))


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_of_two_none_is_ever_a_whole_turn_away_from_its_share(one, other):
    order = turns([one, other])
    done = 0
    for number, turn in enumerate(order, 1):
        done += turn == 0
        assert abs(done - number * one / (one + other)) < 1


def test_a_mix_names_its_models_in_order_with_the_versions_that_are_asked_for():
    mix = Mix({B: 3, A: 1, replace(A, version="2"): 4})

    assert list(mix.targets.items()) == [("b", B), ("a", A), ("a 2", replace(A, version="2"))]
    assert mix.first == B
    assert str(mix) == "b:3, a:1, a 2:4"


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        pytest.param({}, "Mix: give two models or more", id="nothing"),
        pytest.param({A: 1}, "Mix: give two models or more", id="one model"),
        pytest.param({A: 1, B: 0}, 'Mix: "b" has the weight 0: a whole number, 1 to 1000', id="no weight"),
        pytest.param({A: 1001, B: 1}, 'Mix: "a" has the weight 1001: a whole number, 1 to 1000', id="a large one"),
        pytest.param({A: 1, B: 0.5}, 'Mix: "b" has the weight 0.5: a whole number, 1 to 1000', id="a part"),
        pytest.param(
            {A: 1, replace(B, url="h:2"): 1}, 'Mix: "b" and "a" are not reached in the same way', id="two servers"
        ),
        pytest.param(
            {A: 1, replace(B, headers=(("x", "y"),)): 1},
            'Mix: "b" and "a" are not reached in the same way',
            id="other headers",
        ),
        pytest.param(
            {A: 1, replace(A, composing_models=(("b", ""),)): 1}, "Mix: a model is there twice", id="one model twice"
        ),
    ],
)
def test_what_does_not_make_a_mix_is_refused(weights, sentence):
    with pytest.raises(ConfigError) as caught:
        Mix(weights)
    assert str(caught.value) == sentence


def test_inputs_are_those_of_one_of_its_models():
    assert Mix({A: 1, B: 1}, {"b": Inputs(generate="zero")}).inputs["b"].generate == "zero"
    with pytest.raises(ConfigError, match=r'^Mix: there are inputs of "c", which is none of a:1, b:1$'):
        Mix({A: 1, B: 1}, {"c": Inputs()})


def test_each_model_may_be_composed_of_its_own():
    assert len(Mix({replace(A, composing_models=(("c", ""),)): 1, B: 1}).targets) == 2
