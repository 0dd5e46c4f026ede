"""The small parts of which the picture is made."""

import numpy as np
import pytest

from loadgen.dashboard.charts import area, bar, grouped, stacked
from loadgen.dashboard.figures import clock, duration, rate
from loadgen.dashboard.heights import heights
from loadgen.dashboard.latencies import Latencies
from loadgen.dashboard.line import fitted, width_of
from loadgen.dashboard.messages import Inbox, Stopping, packed
from loadgen.dashboard.terminal import changes
from loadgen.dashboard.timeline import Bin, smoothed


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "-"),
        (300, "0.30 us"),
        (750_000, "750 us"),
        (1_894_000, "1.89 ms"),
        (999_600, "1.00 ms"),
        (12_345_000_000, "12.3 s"),
    ],
)
def test_a_latency_has_three_digits(ns, text):
    assert duration(ns) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.00"), (2.38, "2.38"), (98.24, "98.2"), (999.7, "1,000"), (33196.4, "33,196")]
)
def test_a_rate_has_three_digits_or_all(value, text):
    assert rate(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (41, "0:41"), (3750, "1:02:30")])
def test_time_left_as_a_clock(seconds, text):
    assert clock(seconds) == text


def test_percentiles_of_buckets_are_within_a_per_cent():
    latency_ns = np.random.default_rng(1).lognormal(14, 1, 100_000).astype(np.int64)
    latencies = Latencies()
    for part in np.array_split(latency_ns, 7):
        latencies.add(part)
    for percentile in (1, 50, 99):
        assert latencies.percentile_ns(percentile) == pytest.approx(np.percentile(latency_ns, percentile), rel=0.011)
    assert latencies.average_ns == int(latency_ns.mean())
    assert sum(count for _, count in latencies.buckets()) == len(latency_ns)


def test_latencies_beyond_all_buckets_are_counted():
    latencies = Latencies()
    latencies.add(np.array([0, 1, 10**15]))
    assert sum(count for _, count in latencies.buckets()) == len(latencies) == 3


def test_a_curve_fills_from_below():
    assert area((0.0, 1.0, 2.0, 4.0), 4.0, 1) == ("⢀⣼",)
    assert area((4.0, 4.0), 4.0, 2) == ("⣿", "⣿")
    assert area((2.0, 2.0), 4.0, 2) == (" ", "⣿")
    assert area((0.001,), 4.0, 1) == ("⡀",)
    assert area((0.0, 0.0), 0.0, 1) == (" ",)


def test_a_bar_shows_eighths_and_never_hides_what_there_is():
    assert [bar(share, 2) for share in (0, 0.001, 0.5, 0.75, 1)] == ["", "▏", "█", "█▌", "██"]


def test_parts_of_a_bar_add_up():
    assert stacked([1, 1, 1], 10) == [3, 4, 3]
    assert stacked([0, 0], 10) == [0, 0]


def test_neighbours_are_taken_together():
    rows = [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)]
    assert grouped(rows, 2) == [(1, 60), (4, 90)]
    assert grouped(rows, 5) == rows
    assert grouped([], 5) == []


def test_bins_of_few_requests_are_smoothed():
    slow = [Bin(1, 10), Bin(0, None), Bin(1, 30), Bin(0, None)]
    assert smoothed(slow)[-1] == Bin(0.5, 30)
    assert smoothed([Bin(500, 10), Bin(400, 20)]) == [Bin(500, 10), Bin(400, 20)]


@pytest.mark.parametrize("height", range(3, 70))
@pytest.mark.parametrize("has_levels", [True, False])
def test_no_more_lines_are_shared_out_than_there_are(height, has_levels):
    given = heights(height, has_levels=has_levels)
    borders = sum(1 for part in given if part != "advice") + 1
    assert sum(given.values()) + borders + 4 <= max(height, 6)
    assert ("levels" in given) <= has_levels


def test_wide_characters_take_two_cells():
    line = (("模型", "bold"), ("abc", ""))
    assert width_of(line) == 7
    assert width_of(fitted(line, 4)) == width_of(fitted(line, 12)) - 8


def test_messages_arrive_whole_however_they_are_cut():
    data = packed(Stopping()) + packed(Stopping())
    inbox = Inbox()
    received = [message for index in range(len(data)) for message in inbox.receive(data[index : index + 1])]
    assert received == [Stopping(), Stopping()]


def test_only_lines_that_differ_are_sent():
    assert changes(["a", "b"], ["a", "c"]) == "\x1b[2;1Hc\x1b[m"
    assert changes([], ["a"]) == "\x1b[1;1Ha\x1b[m"
    assert changes(["a"], ["a"]) == ""
