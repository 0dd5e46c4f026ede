"""The results of a run, as values. Reports and dashboards read these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loadgen.load.modes import LoadMode
from loadgen.measure.client_use import ClientUse
from loadgen.measure.failures import Failures
from loadgen.measure.figures import Figures, Latencies
from loadgen.measure.metrics import Metrics
from loadgen.measure.planned import Planned
from loadgen.measure.responses import ResponseTimes
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.measure.windows import Window
from loadgen.units import NS_PER_S, whole_us


@dataclass(frozen=True)
class Verdict:
    """Whether a level became stable, and whether its latency was over the limit, if there is one.

    `reason` is one short phrase for the user: why it is not stable, or by how much it is over the limit, or both.
    """

    stable: bool
    reason: str = ""
    over_limit: bool = False


@dataclass(frozen=True)
class Summary(Latencies):
    """The figures of one window, or of several merged (behaviour sections 3.2 and 3.7).

    All but `failures` are those of the requests that succeeded. Latencies are from the send to the last byte.
    """

    request_count: int
    duration_ns: int
    throughput: float
    """Inferences per second."""
    average_ns: int
    standard_deviation_us: int
    """Of the sample; 0 for a single request."""
    percentiles_ns: Mapping[int, int]
    server: ServerStatistics | None
    failures: Failures = field(default_factory=dict)
    client: ClientUse | None = None
    """What the client took of the time; None: not known."""
    response_throughput: float | None = None
    """Responses per second of a decoupled model, which may give any number to a request; None: of another model."""
    response_times: ResponseTimes | None = None
    """When the responses of a decoupled model came; None of another model."""
    planned: Planned | None = None
    """Of an open loop; None of a closed one."""
    sequence_count: int | None = None
    """How many sequences came to their end; None where requests form none."""
    models: Mapping[str, "Summary"] = field(default_factory=dict)
    """The same of each of several models alone, by name; nothing of one model."""

    @property
    def _summary(self) -> "Summary":
        return self

    def stabilizing_ns(self, percentile: int | None) -> int:
        """Return the latency that has to be stable: the percentile asked for, else the average."""
        return self.average_ns if percentile is None else self.percentiles_ns[percentile]

    @property
    def is_decoupled(self) -> bool:
        """Whether it is of a model that may give any number of responses to a request."""
        return self.response_throughput is not None

    @property
    def sequence_throughput(self) -> float | None:
        """Sequences per second that came to their end; None where requests form none."""
        return None if self.sequence_count is None else self.sequence_count * NS_PER_S / self.duration_ns

    @property
    def adds_us(self) -> int | None:
        """The average latency minus the server's own average request latency: what is not the server.

        None when the server does not tell, or when requests failed here: it may have answered them, so that the two
        averages are not of the same requests. None for a decoupled model, too, whose requests may last longer for the
        server than for the client, who waits for nothing that is empty. The server's counters are read a little outside
        the window, so the value may stray by a few microseconds.
        """
        if self.server is None or not self.server.success.count or self.failures or self.is_decoupled:
            return None
        return whole_us(self.average_ns) - self.server.success.average_us


@dataclass(frozen=True)
class Connections:
    """What became of the connections of the load until the end of a level.

    `open` of them carried it in the end. `reopened` were opened in place of lost ones, and `goaways` were given up
    because the server asked for it; `sent_again` requests went out a second time, because the server had promised that
    it had done nothing with them. `limit` is how many requests the server takes at a time on one connection, where that
    is fewer than were wanted.
    """

    open: int
    reopened: int = 0
    goaways: int = 0
    sent_again: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class LevelResult(Figures):
    """What was measured under one load.

    `trials` are the figures of each window, in order of time; `summary` is that of `windows`, the last three at most,
    which alone are kept with their raw records: a level may last for hours. `connections` is None where they are not
    known, and so is what was read of the server's `metrics` during the windows. `model` is which of several models it
    is of; empty of all together, and of the only one.
    """

    load: LoadMode
    summary: Summary
    verdict: Verdict
    trials: tuple[Summary, ...] = field(repr=False, default=())
    windows: tuple[Window, ...] = field(repr=False, default=())
    connections: Connections | None = None
    metrics: Metrics | None = None
    model: str = ""

    def __str__(self) -> str:
        """Return what is measured, `Concurrency 4`, or `Concurrency 4, classifier` of one of several models."""
        return f"{self.load}, {self.model}" if self.model else str(self.load)

    @property
    def models(self) -> Mapping[str, "LevelResult"]:
        """The level as each of several models alone had it, by name; nothing of one model.

        The load and the verdict are those of all together; how many requests were sent is not told of one alone, nor
        what became of the connections.
        """
        return {
            name: replace(
                self,
                summary=summary,
                trials=tuple(trial.models[name] for trial in self.trials),
                windows=tuple(window.models[name] for window in self.windows),
                connections=None,
                metrics=None,
                model=name,
            )
            for name, summary in self.summary.models.items()
        }

    @property
    def _level(self) -> "LevelResult":
        return self


@dataclass(frozen=True)
class LoadPrepared:
    """All requests are encoded, and nothing is sent yet.

    `stream_sizes` is how many inferences each stream of the input files holds; nothing without files. `is_decoupled` is
    whether the model gives any number of responses to a request.
    """

    stream_sizes: tuple[int, ...] = ()
    is_decoupled: bool = False


@dataclass(frozen=True)
class LevelStarted:
    """The load is about to reach a new level."""

    load: LoadMode


@dataclass(frozen=True)
class WarmedUp:
    """The requests that warm a level up have ended."""

    load: LoadMode


@dataclass(frozen=True)
class WindowClosed:
    """The window number `index` (from 1) of a level has ended."""

    load: LoadMode
    index: int
    summary: Summary
    window: Window


@dataclass(frozen=True)
class LevelFinished:
    """A level is measured, as far as it went: `result.verdict` says why when it did not become stable."""

    result: LevelResult


Event = LoadPrepared | LevelStarted | WarmedUp | WindowClosed | LevelFinished
