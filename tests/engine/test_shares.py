import pytest

from loadgen.engine.shares import shares

MANY = 2**31 - 1


@pytest.mark.parametrize(
    ("level", "capacities", "expected"),
    [
        pytest.param(6, [MANY, MANY, MANY], [2, 2, 2], id="evenly"),
        pytest.param(5, [MANY, MANY], [3, 2], id="the first ones have what is left over"),
        pytest.param(2, [MANY, MANY, MANY], [1, 1, 0], id="fewer than connections"),
        pytest.param(9, [2, 10, 10], [2, 4, 3], id="what a narrow one does not take falls to the others"),
        pytest.param(9, [10, 2, 10], [4, 2, 3], id="wherever the narrow one stands"),
        pytest.param(4, [1, 2, 1], [1, 2, 1], id="all that fits"),
        pytest.param(7, [1, 2, 1], [2, 3, 2], id="what does not fit waits everywhere"),
        pytest.param(3, [0, 0], [2, 1], id="nothing fits"),
        pytest.param(0, [5, 5], [0, 0], id="none"),
        pytest.param(0, [], [], id="no connections"),
    ],
)
def test_a_level_is_spread_over_connections(level: int, capacities: list[int], expected: list[int]):
    assert shares(level, capacities) == expected
