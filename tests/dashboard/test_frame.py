"""The picture of runs that are played, in the sizes that terminals have."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from loadgen.dashboard.frame import Frame
from loadgen.dashboard.messages import Stopping
from loadgen.measure.search import LinearSearch
from tests.dashboard.play import HEADING, Play


def drawn(play, columns=80, lines=24, **changes):
    """Return the lines of the picture as they are read, without colours."""
    console = Console(file=StringIO(), width=columns, height=lines, color_system=None)
    with console.capture() as capture:
        console.print(Frame(replace(play.story.snapshot(), **changes)), end="")
    return capture.get().splitlines()


def sweep():
    """Return a run in the middle of its third level, which is not steady."""
    play = Play().level(1, latency_ms=1.0).level(2, latency_ms=1.2)
    play.level(3, latency_ms=[2.0, 1.8, 2.4], finish=False).window(2.0, ticks=4, closes=False)
    return play


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (140, 40)])
def test_a_sweep_shows_everything_at_once(columns, lines):
    picture = drawn(sweep(), columns, lines)
    text = "\n".join(picture)
    assert picture[0].startswith(" loadgen  mnist-onnx at localhost:8001, gRPC, concurrency 1 to 8")
    assert "level 3 of 8, window 4 (3 to 10)" in picture[1]
    for title in (
        "Throughput",
        "p99 latency",
        "Windows at concurrency 3",
        "Latency at concurrency 3",
        "Levels (2",
    ):
        assert f" {title} " in text
    assert "best 1,6" in text
    assert "infer/s at 2 " in text
    assert re.search(r"request █+▓+▒*░+ +queue [\d,]+  compute [\d,]+  other [\d,]+  adds [\d,]+ us", text)
    assert "client  3 in flight, 0 failed; ran 40 % of a core, waited 0 %, loop 300 us late" in text
    assert "! not stable yet: throughput spread 1.3" in text
    assert "q stop   p pause" in text


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (60, 20), (200, 60), (40, 12), (20, 6), (10, 3)])
def test_every_line_is_as_wide_as_the_terminal_and_there_are_as_many_as_it_has(size):
    columns, lines = size
    assert [len(line) for line in drawn(sweep(), columns, lines)] == [columns] * lines


def test_the_windows_and_how_far_they_are_apart():
    rows = [line for line in drawn(sweep()) if re.match(r"│ (\d now|\d    |spread)", line)]
    assert [row[2:8].strip() for row in rows] == ["1", "2", "3", "4 now", "spread"]
    assert re.search(r"│ 2 +1,6\d\d +1\.8\d ms +2\.\d\d ms ", rows[1])
    assert re.search(r"spread +1\.3\d +1\.3\d +< 1\.10", rows[4])


def test_levels_are_marked_as_stable_or_not():
    play = Play().level(1).level(2, latency_ms=[1.0, 2.0, 1.0])
    play.level(3, windows=0, finish=False)
    rows = [line for line in drawn(play) if re.match(r"│ +[12]  ", line)]
    assert [row.rstrip("│ ").split()[-1] for row in rows[-2:]] == ["yes", "no"]


def test_the_last_levels_stay_in_view():
    play = Play()
    for level in range(1, 8):
        play.level(level)
    play.level(8, finish=False)
    assert [line[2:8].strip() for line in drawn(play)[-8:-5]] == ["5", "6", "7"]


def test_a_single_level_needs_no_table_of_levels():
    play = Play(replace(HEADING, search=LinearSearch(4, 4), load="concurrency 4")).level(4, finish=False)
    picture = drawn(play)
    assert not any("Levels" in line for line in picture)
    assert " window 4 (3 to 10)" in picture[1]
    assert "level" not in picture[1]


def test_before_the_first_window_is_over():
    play = Play().level(1, windows=0, finish=False)
    picture = drawn(play)
    assert "level 1 of 8, window 1 (3 to 10)" in picture[1]
    assert "where its time goes is known when a window is over" in "\n".join(picture)


def test_failed_requests_are_counted_and_told():
    play = Play().level(2, windows=0, finish=False)
    play.window(1.0, ticks=2, failed=7, closes=False)
    text = "\n".join(drawn(play, 120, 30))
    assert "7 failed" in text
    assert "! 7 requests failed at this level: [UNAVAILABLE] going down" in text


def test_a_stop_and_a_pause_are_told():
    play = sweep()
    play.story.add(Stopping())
    assert "stopping: waiting for the requests in flight" in drawn(play)[1]
    assert "(view paused, p goes on)" in drawn(sweep(), 120, is_paused=True)[1]


def test_a_count_of_requests_is_the_progress():
    play = Play(replace(HEADING, search=LinearSearch(1, 1), request_count=4000))
    play.level(1, windows=0, finish=False).window(1.0, ticks=8, closes=False)
    assert re.search(r"1,000 of 4,000 requests, about 0:03 left", drawn(play)[1])


def test_a_long_name_is_cut_and_harmless():
    picture = drawn(Play(replace(HEADING, model="m" * 200)).level(1, windows=0, finish=False))
    assert len(picture[0]) == 80
    assert picture[0].endswith("…")
