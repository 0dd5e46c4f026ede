"""A study as it is seen: line by line in a pipe, drawn over on a terminal."""

import io
from dataclasses import replace

import pytest

from loadgen.cli.sweep_display import SweepDisplay
from loadgen.study.axes import ORIGINAL, Axis, Settings
from loadgen.study.measurement import LevelMeasured, RunFinished, RunStarted
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from tests.cli.conftest import level

STUDY = Study((Axis("instance-count", (4,)),))
FOUR = Settings((("instance-count", 4),))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def show(display):
    """Show three runs: one of a level, one that fails, and a repeat that is unstable."""
    with display:
        for run in (
            Run(1, ORIGINAL, (level(2),)),
            Run(2, FOUR, failed="no memory"),
            Run(4, ORIGINAL, (level(2, unstable="throughput spread 1.3 > 1.1"),)),
        ):
            display.show(RunStarted(replace(run, levels=(), failed="")))
            if run.levels:
                display.show(LevelMeasured(run))
            display.show(RunFinished(run))


def test_in_a_pipe_every_event_is_a_line(capsys):
    show(SweepDisplay(STUDY, ()))
    assert capsys.readouterr().err.splitlines() == [
        "run 1 of 3: original",
        "  concurrency 2: 2000.0 infer/s, average 1000 us",
        "  best so far: original, throughput 2000.0 infer/s at concurrency 2",
        "run 2 of 3: instance-count 4",
        "  failed: no memory",
        "run 4 (repeated): original",
        "  concurrency 2: 2000.0 infer/s, average 1000 us (unstable: throughput spread 1.3 > 1.1)",
        "  best so far: original, throughput 2000.0 infer/s at concurrency 2",
    ]


def test_the_ranking_comes_last_on_stdout(capsys):
    display = SweepDisplay(STUDY, [Run(1, ORIGINAL, (level(2),)), Run(2, FOUR, (level(3),))])
    display.conclude()
    rows = capsys.readouterr().out.splitlines()[3:5]
    assert [row.split()[:2] for row in rows] == [["=1", "instance-count"], ["=1", "original"]]


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_on_a_terminal_the_ranking_is_drawn_and_the_terminal_left_as_it_was(monkeypatch, error):
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    display = SweepDisplay(STUDY, ())
    show(display)
    if error is not None:
        with pytest.raises(error), display:
            raise error
    drawn = terminal.getvalue()
    assert "run 2 of 3: instance-count 4" in drawn
    assert "To original" in drawn
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")  # the cursor is shown again
