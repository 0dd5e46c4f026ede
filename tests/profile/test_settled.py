import itertools

import pytest

from loadgen.measure.server_statistics import ServerStatistics
from loadgen.profile.settled import MOST_READINGS, settled


@pytest.mark.parametrize(
    ("counted", "last"),
    [
        pytest.param([20, 20], 20, id="all counted at once"),
        pytest.param([18, 19, 20, 20], 20, id="counted one after the other"),
        pytest.param(range(1, MOST_READINGS + 1), MOST_READINGS, id="somebody else goes on"),
    ],
)
def test_counters_are_read_until_they_stand_still(counted, last):
    readings = (ServerStatistics(inference_count=count) for count in counted)

    assert settled(readings.__next__, pause_s=0) == ServerStatistics(inference_count=last)
    assert next(readings, None) is None


def test_a_server_without_counters_has_none():
    assert settled(itertools.repeat(None).__next__, pause_s=0) is None
