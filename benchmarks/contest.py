"""Several tools that do the same work on the same server in turn, level by level."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

from benchmarks.goals import H2LOAD_MANY_CONNECTIONS, H2LOAD_ONE_CONNECTION, Level
from benchmarks.h2load import H2load, h2load
from loadgen.compare.judgement import Figures
from loadgen.compare.runs import Counters, Plan, Run, run_once, warm_up
from loadgen.compare.table import described
from loadgen.compare.tools import Tool
from loadgen.errors import LoadgenError
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.triton.control import ControlPlane, control_plane

# Every run is three windows, stable or not. Otherwise perf_analyzer alone would give no figures when it finds itself
# unstable, and its worst runs would not count; how far the rounds differ is in the record.
_THREE_WINDOWS = ("-s", "999")

Contestant = Callable[[int, Counters], Figures | None]
"""Runs a tool once at a concurrency. Raises LoadgenError when the tool fails."""


@dataclass(frozen=True)
class Contest:
    """The work: a model, the levels, and the tools.

    The load goes over gRPC to `target`, or over HTTP to `http_url`; the server's counters are read at `target`.
    """

    title: str
    target: Target
    levels: tuple[int, ...]
    tools: tuple[Tool, ...]
    http_url: str | None = None
    with_h2load: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """What every tool is told of the work."""
        protocol, url = ("grpc", self.target.url) if self.http_url is None else ("http", self.http_url)
        return ("-m", self.target.model, "-i", protocol, "-u", url)


@dataclass
class Referee:
    """Runs contests, each tool `repeat` times at each level; `failures` has a sentence on every run without figures."""

    interval_ms: int
    repeat: int
    failures: list[str] = field(default_factory=list)

    def hold(self, contest: Contest) -> dict[int, Level]:
        """Run the tools of a contest at all its levels."""
        arguments = (*contest.arguments, "-p", str(self.interval_ms), *_THREE_WINDOWS)
        contestants: dict[str, Contestant] = {tool.name: partial(run_once, tool, arguments) for tool in contest.tools}
        first = Plan(contest.tools[0], contest.tools[0], arguments)
        with control_plane(contest.target) as control, ExitStack() as stack:
            with self._noting_failures(contest.title):
                warm_up(first, max(contest.levels))
            if contest.with_h2load:
                with self._noting_failures(contest.title):
                    tool = stack.enter_context(h2load(contest.target, control, self.interval_ms / 1000))
                    contestants |= _limits(tool)
            counters = partial(_counters, control)
            return {level: self._runs_at(level, contest.title, contestants, counters) for level in contest.levels}

    def _runs_at(
        self, concurrency: int, title: str, contestants: Mapping[str, Contestant], counters: Counters
    ) -> Level:
        """Run the tools to and fro, so that what drifts with time falls on all alike."""
        # With one request in flight both ways of using h2load are the same, and would give it twice the chances.
        alike = H2LOAD_MANY_CONNECTIONS if concurrency == 1 else None
        runs: dict[str, list[Figures | None]] = {name: [] for name in contestants if name != alike}
        for index in range(self.repeat):
            for name in list(runs)[:: 1 if index % 2 == 0 else -1]:
                where = f"{title}, concurrency {concurrency}"
                runs[name].append(self._run(where, name, partial(contestants[name], concurrency, counters)))
        return runs

    def _run(self, where: str, name: str, once: Callable[[], Figures | None]) -> Figures | None:
        figures = None
        with self._noting_failures(where):
            figures = once()
            said = described(Run(Tool(name, ()), figures))
            if figures is None:
                raise LoadgenError(said)
            print(f"{where}: {said}", file=sys.stderr)
        return figures

    @contextmanager
    def _noting_failures(self, where: str) -> Iterator[None]:
        """Keep a failure to the run that failed, for what the others measure took minutes."""
        try:
            yield
        except LoadgenError as error:
            self.failures.append(f"{where}: {error}")
            print(self.failures[-1], file=sys.stderr)


def _limits(tool: H2load) -> dict[str, Contestant]:
    return {H2LOAD_ONE_CONNECTION: tool.on_one_connection, H2LOAD_MANY_CONNECTIONS: tool.on_many_connections}


def _counters(control: ControlPlane) -> ServerStatistics:
    counters = control.statistics()
    assert counters is not None  # both servers keep them
    return counters
