"""Searches walked by hand: a server that holds the limit up to some level, and is over it from the next one on."""

import math

import pytest

from loadgen.errors import ConfigError
from loadgen.measure.search import BinarySearch, GivenLevels, HighestLevel, LinearSearch, Search


def levels_of(search: Search, holds_up_to: float = math.inf) -> list[float]:
    """Return the levels that a search visits where those up to this one are within the limit."""
    visited: list[tuple[float, bool]] = []
    while (level := search.next_level(visited)) is not None:
        visited.append((level, level <= holds_up_to))
        assert len(visited) < 100, "the search does not end"
    return [level for level, _ in visited]


@pytest.mark.parametrize(
    ("search", "holds_up_to", "levels"),
    [
        pytest.param(LinearSearch(4, 4), math.inf, [4], id="one level"),
        pytest.param(LinearSearch(1, 4), math.inf, [1, 2, 3, 4], id="the end is included"),
        pytest.param(LinearSearch(1, 8, 3), math.inf, [1, 4, 7], id="the step may pass over the end"),
        pytest.param(LinearSearch(4, 4, 9), math.inf, [4], id="start and end are the same"),
        pytest.param(LinearSearch(1, 9), 2, [1, 2, 3], id="the first level over the limit is the last"),
        pytest.param(LinearSearch(5, 9), 2, [5], id="the start is over the limit"),
        pytest.param(LinearSearch(1, None), 4, [1, 2, 3, 4, 5], id="no end but the limit"),
        pytest.param(LinearSearch(0.1, 0.4, 0.1), math.inf, [0.1, 0.2, 0.3, 0.4], id="rates, the end included"),
        pytest.param(LinearSearch(2, None, 10), 40, [2, 12, 22, 32, 42], id="no end, in steps"),
        pytest.param(GivenLevels((4, 1, 9)), math.inf, [4, 1, 9], id="those that are given"),
        pytest.param(GivenLevels((1, 4, 2, 9)), 3, [1, 4], id="of these none after one over the limit"),
    ],
)
def test_a_linear_search_visits(search: Search, holds_up_to: float, levels: list[float]):
    assert levels_of(search, holds_up_to) == levels


@pytest.mark.parametrize(
    ("search", "holds_up_to", "levels"),
    [
        # 1 holds, 16 does not; 8 holds, 12 does not, 10 holds, 11 does not; 10 and 11 are one apart.
        pytest.param(BinarySearch(1, 16), 10, [1, 16, 8, 12, 10, 11], id="to one level exactly"),
        # 8 holds, 12 does not: 4 apart.
        pytest.param(BinarySearch(1, 16, 4), 10, [1, 16, 8, 12], id="to four levels exactly"),
        pytest.param(BinarySearch(1, 16), 1, [1, 16, 8, 4, 2], id="the start alone holds"),
        pytest.param(BinarySearch(1, 16), 15, [1, 16, 8, 12, 14, 15], id="all but the end hold"),
        pytest.param(BinarySearch(2, 16), 1, [2], id="not even the start holds"),
        pytest.param(BinarySearch(1, 16), math.inf, [1, 16], id="even the end holds"),
        pytest.param(BinarySearch(3, 4), 3, [3, 4], id="nothing lies between"),
        pytest.param(BinarySearch(1.0, 4.0), 2.6, [1.0, 4.0, 2.5, 3.25], id="rates, which need not be whole"),
        pytest.param(BinarySearch(4, 4), math.inf, [4], id="a range of one level"),
    ],
)
def test_a_binary_search_visits(search: Search, holds_up_to: float, levels: list[float]):
    assert levels_of(search, holds_up_to) == levels


@pytest.mark.parametrize(
    ("search", "holds_up_to", "levels"),
    [
        pytest.param(HighestLevel(100), 900, [100, 200, 400, 800, 1600, 1200, 1000, 900, 950, 925], id="twice"),
        pytest.param(HighestLevel(100), 30, [100, 50, 25, 37, 31, 28, 29, 30], id="from above"),
        pytest.param(HighestLevel(4), 5, [4, 8, 6, 5], id="whole numbers"),
        pytest.param(HighestLevel(1), 0, [1], id="nothing holds"),
        pytest.param(HighestLevel(100, 300), math.inf, [100, 200, 300], id="up to the end"),
        pytest.param(HighestLevel(100.0), 0, [100.0, 50.0, 25.0, 12.5, 6.25, 3.125, 1.5625], id="no lower than a 64th"),
    ],
)
def test_the_highest_level_is_looked_for(search: Search, holds_up_to: float, levels: list[float]):
    assert levels_of(search, holds_up_to) == levels


@pytest.mark.parametrize("search", [LinearSearch, BinarySearch])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, 4), "the start must be above 0, not 0"),
        ((1, 4, 0), "the step must be above 0, not 0"),
        ((4, 2), "the end must be at least the start (4), not 2"),
        ((1, 0), "the end must be at least the start (1), not 0"),
    ],
    ids=str,
)
def test_a_range_without_a_level_is_refused(search, arguments, sentence):
    with pytest.raises(ConfigError) as caught:
        search(*arguments)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("search", "needs_limit"),
    [
        pytest.param(LinearSearch(1, 4), False, id="a range ends by itself"),
        pytest.param(LinearSearch(1, None), True, id="a search without an end does not"),
        pytest.param(HighestLevel(1), False, id="what holds is for others to say"),
        pytest.param(BinarySearch(1, 4), True, id="a binary search looks for the limit"),
    ],
)
def test_some_searches_need_a_limit(search: Search, needs_limit: bool):
    assert search.needs_limit is needs_limit
