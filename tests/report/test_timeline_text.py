"""The lines of each second of a load that changes."""

import numpy as np

from loadgen.load.modes import Concurrency, LoadShape
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.sends import Sends
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window
from loadgen.report.timeline_text import timeline
from loadgen.units import ms, seconds


def level(load):
    """Two requests in the first second; three due in the second one, of which one is sent and ends in the third."""
    planned_ns = np.array([0, ms(500), ms(1100), ms(1200), ms(1900)])
    start_ns = np.array([0, ms(500), ms(1100), ms(1200), ms(2100)])
    end_ns = start_ns + np.array([ms(2), ms(4), ms(1), ms(3), ms(10)])
    window = Window(0, seconds(2.2), Records(start_ns, end_ns, planned_ns=planned_ns, sends=Sends(5)), None)
    summary = summarize([window])
    return LevelResult(load, summary, Verdict(stable=True), trials=(summary,), windows=(window,))


def test_each_second_has_a_line():
    lines = timeline(level(LoadShape("hold 2/s for 3s")))

    assert lines[0] == "Timeline:"
    assert [line.split() for line in lines[2:]] == [
        ["0", "2", "2", "2", "4000", "4000"],
        ["1", "3", "2", "2", "3000", "3000"],
        ["2", "0", "1", "1", "210000", "210000"],
    ]
    assert len({len(line) for line in lines[2:]}) == 1
    assert lines[1].split()[:4] == ["second", "due", "sent", "done"]


def test_a_load_that_is_the_same_all_the_time_has_none():
    assert timeline(level(Concurrency(3))) == []
