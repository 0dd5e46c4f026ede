import math

import pytest

from loadgen.errors import ConfigError
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
        ({"request_count": 0}, "request_count must be at least 1 request, not 0"),
        ({"latency_limit_ns": 0}, "latency_limit_ns must be above 0 ns, not 0"),
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
