"""A run, played to the dashboard message by message."""

from dataclasses import replace

import numpy as np

from loadgen.dashboard.messages import Heading, Tick, TrialEnded
from loadgen.dashboard.story import Story
from loadgen.load.modes import Concurrency
from loadgen.measure.client_use import ClientUse
from loadgen.measure.failures import FailureCount
from loadgen.measure.records import Records, joined
from loadgen.measure.results import LevelFinished, LevelResult, LevelStarted
from loadgen.measure.search import LinearSearch
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.stability import judge
from loadgen.measure.summary import summarize
from loadgen.measure.windows import Window, Windows

MS = 1_000_000
TICK_MS = 125
HEADING = Heading(
    "localhost:8001", "mnist-onnx", "gRPC", "concurrency 1 to 8", LinearSearch(1, 8), Windows(length_s=1.0)
)


class Play:
    """Plays a run in which each request takes as long as it is told, give and take a tenth."""

    def __init__(self, heading=HEADING, seed=7):
        self.story = Story(heading)
        self._windows = heading.windows
        self._random = np.random.default_rng(seed)
        self._now_ms = 1000
        self._trials = []
        self._load = Concurrency(1)
        self.cpu_share = 0.4
        self.example = "going down"

    def level(self, in_flight, *, latency_ms=1.0, windows=3, finish=True):
        """Play a level of whole windows; `latency_ms` may be one for each window."""
        self._load, self._trials, kept = Concurrency(in_flight), [], []
        self.story.add(LevelStarted(self._load))
        for index in range(windows):
            each = latency_ms[index] if isinstance(latency_ms, list) else latency_ms
            window = self.window(each)
            kept.append(window)
            self._trials.append(summarize([window]))
            self.story.add(TrialEnded(self._trials[-1]))
        if finish:
            summary = summarize(kept[-3:])
            self.story.add(
                LevelFinished(LevelResult(self._load, summary, judge(self._trials, self._windows), tuple(self._trials)))
            )
        return self

    def window(self, latency_ms, *, ticks=8, failed=0, closes=True):
        """Play a window; the last tick closes it, or leaves it open."""
        start_ms, parts = self._now_ms, []
        for tick in range(ticks):
            records = self._records(latency_ms, failed)
            parts.append(records)
            self._now_ms += TICK_MS
            is_last = closes and tick == ticks - 1
            window = Window(start_ms * MS, self._now_ms * MS, records, None)
            self._tick(closed=(window,) if is_last else (), open_=None if is_last else window)
        records = replace(joined(parts), failures=parts[-1].failures)
        server, client = self._server(latency_ms, parts), self._client((self._now_ms - start_ms) * MS)
        return Window(start_ms * MS, self._now_ms * MS, records, server, client=client)

    def silence(self, *, ticks):
        """Play a window in which nothing ends."""
        start_ns, nothing = self._now_ms * MS, np.empty(0, np.int64)
        for _ in range(ticks):
            self._now_ms += TICK_MS
            self._tick(open_=Window(start_ns, self._now_ms * MS, Records(nothing, nothing), None))
        return self

    def _tick(self, *, closed=(), open_=None):
        self.story.add(Tick(self._now_ms * MS, closed, open_, self._load.in_flight))

    def _records(self, latency_ms, failed):
        count = round(TICK_MS / latency_ms * self._load.in_flight)
        end_ns = np.sort(self._random.integers(self._now_ms * MS, (self._now_ms + TICK_MS) * MS, count))
        latency_ns = (latency_ms * MS * self._random.lognormal(0, 0.15, count)).astype(np.int64)
        failures = {"UNAVAILABLE": FailureCount(failed, self.example)} if failed else {}
        return Records(end_ns - latency_ns, end_ns, failures)

    def _client(self, duration_ns):
        return ClientUse(duration_ns, round(duration_ns * self.cpu_share), waiting_ns=0, lags=10, lag_ns=3_000_000)

    def _server(self, latency_ms, parts):
        count, each = sum(map(len, parts)), round(latency_ms * MS)
        return ServerStatistics(
            count,
            count,
            Spent(count, count * each * 8 // 10),
            Spent(count, count * each * 2 // 10),
            Spent(count, 0),
            Spent(count, count * each * 5 // 10),
            Spent(count, 0),
        )
