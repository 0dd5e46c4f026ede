import math

import pytest

from loadgen.errors import ConfigError
from loadgen.measure.levels import concurrency_levels
from loadgen.measure.windows import Windows


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"length_s": 0}, "length_s must be above 0 seconds, not 0"),
        ({"length_s": math.nan}, "length_s must be above 0 seconds, not nan"),
        ({"length_s": math.inf}, "length_s must be above 0 seconds, not inf"),
        ({"tolerance": -0.1}, "tolerance must be at least 0 (0.1 allows 10 %), not -0.1"),
        ({"tolerance": math.nan}, "tolerance must be at least 0 (0.1 allows 10 %), not nan"),
        ({"at_most": 0}, "at_most must be at least 1 window, not 0"),
        ({"percentile": 0}, "percentile must be from 1 to 99, not 0"),
        ({"percentile": 100}, "percentile must be from 1 to 99, not 100"),
    ],
    ids=str,
)
def test_rules_that_cannot_be_used_are_refused(rule, sentence):
    with pytest.raises(ConfigError) as caught:
        Windows(**rule)

    assert str(caught.value) == sentence


@pytest.mark.parametrize("rule", [{}, {"tolerance": 0}, {"at_most": 1}, {"percentile": 1}, {"percentile": 99}], ids=str)
def test_the_edges_of_the_rules_are_allowed(rule):
    Windows(**rule)


@pytest.mark.parametrize(
    ("arguments", "levels"),
    [
        pytest.param((4,), [4], id="a number alone is one level"),
        pytest.param((1, 4), [1, 2, 3, 4], id="the end is included"),
        pytest.param((1, 8, 3), [1, 4, 7], id="the step may pass over the end"),
        pytest.param((4, 4, 9), [4], id="start and end are the same"),
    ],
)
def test_a_linear_search_visits(arguments, levels):
    assert list(concurrency_levels(*arguments)) == levels


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0,), "the start must be at least 1, not 0"),
        ((1, 4, 0), "the step must be at least 1, not 0"),
        ((4, 2), "the end must be at least the start (4), not 2"),
        ((1, 0), "the end must be at least the start (1), not 0"),
    ],
    ids=str,
)
def test_a_range_without_a_level_is_refused(arguments, sentence):
    with pytest.raises(ConfigError) as caught:
        concurrency_levels(*arguments)

    assert str(caught.value) == sentence
