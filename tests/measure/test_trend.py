import pytest

from loadgen.measure.trend import trend


@pytest.mark.parametrize(
    ("values", "where"),
    [
        pytest.param([1, 2, 3, 4, 5], "rising", id="up"),
        pytest.param([5, 4, 3, 2, 1], "falling", id="down"),
        pytest.param([1, 2, 3, 5, 4], None, id="up and down"),
        pytest.param([1, 2, 3, 4, 4], None, id="up, and then the same"),
        pytest.param([9, 1, 2, 3, 4, 5], "rising", id="the last five count"),
        pytest.param([1, 2, 3, 4], None, id="too few to tell"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_trend_of(values, where):
    assert trend(values) == where
