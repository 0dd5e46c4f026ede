"""The messages of a run, taken together."""

from loadgen.dashboard.latencies import Latencies
from loadgen.dashboard.messages import Heading, Message, Stopping, Tick, TrialEnded
from loadgen.dashboard.snapshot import Snapshot
from loadgen.dashboard.timeline import Timeline
from loadgen.load.modes import LoadMode
from loadgen.measure.results import LevelFinished, LevelResult, LevelStarted, Summary
from loadgen.measure.search import Search, Visited
from loadgen.measure.summary import percentiles
from loadgen.measure.windows import Window
from loadgen.units import NS_PER_S

MOST_LEVELS = 10_000
"""Beyond these nobody wants to know how many are left."""


class Story:
    """Takes what the measuring process tells, and says at any time what there is to be seen."""

    def __init__(self, heading: Heading) -> None:
        self._heading = heading
        self._levels: list[LevelResult] = []
        self._levels_left: int | None = None
        self._tick: Tick | None = None
        self._timeline = Timeline()
        self._measured_ns = 0
        self._first_ns = self._last_end_ns = 0
        self._window = Latencies()
        self._is_stopping = False
        self._load: LoadMode | None = None
        self._trials: list[Summary] = []
        self._level = Latencies()

    @property
    def has_begun(self) -> bool:
        """Whether there is anything to be seen."""
        return self._load is not None

    def add(self, message: Message) -> None:
        """Go on with the next message."""
        match message:
            case Tick():
                self._add_tick(message)
            case LevelStarted(load):
                self._begin(load)
            case TrialEnded(summary):
                self._trials.append(summary)
            case LevelFinished(result):
                self._levels.append(result)
            case Stopping():
                self._is_stopping = True

    def snapshot(self) -> Snapshot:
        """Return what there is to be seen now, when it has begun."""
        assert self._load is not None
        tick = self._tick
        now_ns = tick.at_ns if tick else 0
        return Snapshot(
            self._heading,
            elapsed_s=(now_ns - self._first_ns) / NS_PER_S,
            load=self._load,
            levels=tuple(self._levels),
            levels_left=self._levels_left,
            trials=tuple(self._trials),
            window=self._open_window(tick),
            in_flight=tick.in_flight if tick else 0,
            histogram=self._level.buckets(),
            p50_ns=self._level.percentile_ns(50),
            p99_ns=self._level.percentile_ns(99),
            bins=self._timeline.bins,
            silence_s=(now_ns - self._last_end_ns) / NS_PER_S,
            is_stopping=self._is_stopping,
        )

    def _begin(self, load: LoadMode) -> None:
        """Begin a level."""
        self._load, self._trials, self._level = load, [], Latencies()
        visited = [(level.load.value, not level.verdict.over_limit) for level in self._levels]
        self._levels_left = levels_left(self._heading.search, [*visited, (load.value, True)])

    def _add_tick(self, tick: Tick) -> None:
        self._tick = tick
        for window in tick.closed:
            self._add_requests(window)
            self._measured_ns += window.duration_ns
            self._window = Latencies()
        if tick.open is not None:
            self._add_requests(tick.open)

    def _add_requests(self, window: Window) -> None:
        self._first_ns = self._first_ns or window.start_ns
        records = window.records
        to_measured_ns = self._measured_ns - window.start_ns
        latency_ns = records.latency_ns
        self._timeline.add(records.end_ns + to_measured_ns, latency_ns, window.end_ns + to_measured_ns)
        self._window.add(latency_ns)
        self._level.add(latency_ns)
        if len(records):
            self._last_end_ns = int(records.end_ns[-1])

    def _open_window(self, tick: Tick | None) -> Summary | None:
        """Return the figures of the open window so far."""
        if tick is None or tick.open is None or not tick.open.duration_ns:
            return None
        requests, duration_ns = len(self._window), tick.open.duration_ns
        return Summary(
            requests,
            duration_ns,
            throughput=requests * self._heading.batch_size * NS_PER_S / duration_ns,
            average_ns=self._window.average_ns,
            standard_deviation_us=0,
            percentiles_ns={p: self._window.percentile_ns(p) for p in percentiles(self._heading.windows.percentile)},
            server=None,
            failures=tick.open.records.failures,
        )


def levels_left(search: Search, visited: Visited) -> int | None:
    """Return how many levels follow if none of them is over the limit; None if there is no end to that."""
    visited = list(visited)
    for left in range(MOST_LEVELS):
        following = search.next_level(visited)
        if following is None:
            return left
        visited.append((following, True))
    return None
