import numpy as np
import pytest

from loadgen.dashboard.story import levels_left
from loadgen.measure.search import BinarySearch, LinearSearch
from loadgen.measure.summary import summarize
from tests.dashboard.play import Play


def test_the_open_window_has_the_figures_of_its_requests():
    play = Play().level(2, windows=1, finish=False)
    window = play.window(3.0, ticks=5, closes=False)
    shown, exact = play.story.snapshot().window, summarize([window])
    assert shown.request_count == exact.request_count > 0
    # What was not seen yet is that the window goes on: five ticks of an eighth of a second are over.
    assert shown.duration_ns == window.duration_ns
    assert shown.average_ns == pytest.approx(exact.average_ns, rel=0.001)
    assert shown.percentiles_ns[50] == pytest.approx(exact.percentiles_ns[50], rel=0.01)
    assert shown.percentiles_ns[99] == pytest.approx(exact.percentiles_ns[99], rel=0.02)


def test_the_histogram_is_that_of_the_level():
    play = Play().level(1, windows=3).level(2, windows=2, finish=False)
    window = play.window(1.0, ticks=2, closes=False)
    counted = sum(count for _, count in play.story.snapshot().histogram)
    assert counted == sum(trial.request_count for trial in play.story.snapshot().trials) + len(window.records)


def test_throughput_over_time_covers_the_windows_without_gaps():
    play = Play().level(1, latency_ms=1.0, windows=3).level(2, latency_ms=1.0, windows=3)
    counts = [one.count for one in play.story.snapshot().bins]
    # Three seconds of 1000 a second, and three of 2000, in halves; some end a moment into the next half.
    assert counts == pytest.approx([500] * 6 + [1000] * 6, rel=0.01)


def test_silence_is_measured_from_the_last_answer():
    play = Play().level(1, windows=1, finish=False).silence(ticks=24)
    assert play.story.snapshot().silence_s == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(
    ("search", "visited", "left"),
    [
        pytest.param(LinearSearch(1, 8), [(1, True)], 7, id="a range"),
        pytest.param(LinearSearch(1, 8), [(1, True), (2, True)], 6, id="in its midst"),
        pytest.param(LinearSearch(1, 8), [(1, True), (2, False)], 0, id="over the limit"),
        pytest.param(LinearSearch(1, None), [(1, True)], None, id="without an end"),
        pytest.param(BinarySearch(1, 8), [(1, True), (8, False)], 3, id="halved, if the rest is within the limit"),
    ],
)
def test_how_many_levels_follow(search, visited, left):
    assert levels_left(search, visited) == left


def test_nothing_is_to_be_seen_before_the_first_level():
    play = Play()
    assert not play.story.has_begun
    assert play.level(1, windows=0, finish=False).story.has_begun


def test_a_window_without_an_answer_has_no_figures():
    play = Play().level(1, windows=0, finish=False).silence(ticks=2)
    snapshot = play.story.snapshot()
    assert (snapshot.window.request_count, snapshot.window.throughput, snapshot.p99_ns) == (0, 0, 0)
    assert np.isfinite(snapshot.window.average_ns)
