import pytest

from loadgen.study.svg import Bar, Series, bars, lines, ticks


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (8, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (9, [0, 2, 4, 6, 8, 10]),
        (1095, [0, 200, 400, 600, 800, 1000, 1200]),
        (17.4, [0, 2.5, 5, 7.5, 10, 12.5, 15, 17.5]),
        (0.0003, [0, 0.00005, 0.0001, 0.00015, 0.0002, 0.00025, 0.0003]),
    ],
)
def test_ticks_are_round_and_reach_over_the_highest_value(highest, expected):
    assert ticks(highest) == pytest.approx(expected)


@pytest.mark.parametrize(("highest", "expected"), [(1, [0, 1]), (4, [0, 1, 2, 3, 4]), (20, [0, 5, 10, 15, 20])])
def test_what_counts_something_has_whole_ticks(highest, expected):
    assert ticks(highest, whole=True) == expected


def test_names_are_escaped_and_long_ones_stand_alone():
    names = ["a" * 80, "<b> & c"]
    svg = lines([Series(name, ((1, 1),)) for name in names], x_title="x", y_title="y", written=str)
    assert "&lt;b&gt; &amp; c" in svg
    assert svg.count(f'<text x="{70 + 32}"') == 2  # one below the other


def test_bars_show_their_total():
    svg = bars([Bar("one", (1, 2, 3))], ["a", "b", "c"], title="t", written="{:g} us".format)
    assert ">6 us</text>" in svg
