"""What is new since the last look: every request once, whatever windows close in between."""

import numpy as np
import pytest

from loadgen.dashboard.look import Look
from loadgen.engine.recorder import Recorder
from loadgen.measure.windows import Window
from loadgen.profile.progress import Progress


class Load:
    in_flight = 3

    def __init__(self):
        self.records = Recorder()


class Measurement:
    """Ends one request after the other, and closes windows, as `Level` does."""

    def __init__(self):
        self.progress = Progress(Load())
        self.now_ns = self.start_ns = 0
        self.look = Look(self.progress)
        self.seen = []

    def open(self):
        self.progress.window_start_ns = self.start_ns = self.now_ns

    def requests(self, count):
        for _ in range(count):
            self.now_ns += 1
            self.progress.loop.records.add(self.now_ns - 1, self.now_ns)

    def close(self):
        window = Window(self.start_ns, self.now_ns, self.progress.loop.records.take(), None)
        self.progress.close(window)
        self.start_ns = self.now_ns

    def tick(self):
        tick = self.look.tick(self.now_ns)
        windows = [*tick.closed, *([tick.open] if tick.open else [])]
        self.seen += np.concatenate([window.records.end_ns for window in windows]).tolist() if windows else []
        return tick


@pytest.fixture
def measurement():
    measurement = Measurement()
    measurement.open()
    return measurement


def test_each_request_is_seen_once(measurement):
    for step in (3, 0, 2):
        measurement.requests(step)
        measurement.tick()
    measurement.requests(4)
    measurement.close()
    measurement.requests(2)
    tick = measurement.tick()
    assert measurement.seen == list(range(1, 12))
    assert [len(window.records) for window in (*tick.closed, tick.open)] == [4, 2]


def test_windows_shorter_than_the_ticks_are_seen_as_well(measurement):
    for step in (1, 2, 3):
        measurement.requests(step)
        measurement.close()
    tick = measurement.tick()
    assert measurement.seen == [1, 2, 3, 4, 5, 6]
    assert [window.start_ns for window in tick.closed] == [0, 1, 3]


def test_after_a_long_time_without_a_look_the_last_windows_are_whole(measurement):
    measurement.requests(2)
    measurement.tick()
    for _ in range(5):
        measurement.requests(10)
        measurement.close()
    tick = measurement.tick()
    assert [len(window.records) for window in tick.closed] == [10, 10, 10]


def test_between_levels_there_is_no_window(measurement):
    measurement.close()
    measurement.progress.window_start_ns = None
    measurement.requests(5)
    assert measurement.tick().open is None
    measurement.progress.loop.records.take()
    measurement.open()
    measurement.requests(2)
    assert len(measurement.tick().open.records) == 2


def test_a_look_before_there_is_a_load():
    tick = Look(Progress()).tick(5)
    assert (tick.in_flight, tick.closed, tick.open) == (0, (), None)
