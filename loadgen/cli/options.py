"""What the user of `loadgen -m MODEL` asked for, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from loadgen.cli.level_range import LevelRange
from loadgen.load.endpoint import http_endpoint
from loadgen.load.input_data import Inputs
from loadgen.load.metrics_source import MetricsSource, default_metrics_url
from loadgen.load.mix import Mix
from loadgen.load.modes import (
    Concurrency,
    LoadMode,
    LoadShape,
    PeriodicConcurrency,
    Replay,
    RequestIntervals,
    RequestRate,
)
from loadgen.load.sequence_options import Sequences
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.search import Search
from loadgen.measure.threshold import Threshold

SEARCHED_RATES = LevelRange(100, 0, option="--find-max")
"""Where --find-max looks if it is told nothing: from 100 requests per second on, without an end."""

DEFAULT_URLS = {"grpc": "localhost:8001", "http": "localhost:8000"}


@dataclass(frozen=True)
class Options:
    """What the user asked for, checked as far as that is possible without a server.

    An empty `url` is that of `DEFAULT_URLS`. `tls` is how to speak TLS if it is spoken at all, which over gRPC
    `grpc_tls` says, and over HTTP the url. `counts_requests` is whether a window ends with `window_request_count`
    requests, not with `interval_ms`. With `rates` or `intervals_ns` the load is an open loop, otherwise one of
    `concurrencies`, or the `periodic` one, whose period is `request_period`. With a `fixed_schedule` the `shape` is in
    the input data. A `latency_limit_ms` of 0 is none. The names of files are empty where none is asked for. `given` are
    the options as typed, (name, value), in their order; `notes` are sentences about them.
    """

    models: tuple[tuple[str, int], ...] = ()
    """(name, weight), usually one"""
    version: str = ""
    url: str = ""
    protocol: Literal["grpc", "http"] = "grpc"
    headers: tuple[tuple[str, str], ...] = ()
    composing_models: tuple[tuple[str, str], ...] = ()
    grpc_tls: bool = False
    tls: Tls = field(default_factory=Tls)
    transport: Transport = field(default_factory=Transport)
    inputs: Inputs = field(default_factory=Inputs)
    own_inputs: Mapping[str, Inputs] = field(default_factory=dict)
    """the data and the shapes of one of several models, in place of those of all"""
    concurrencies: LevelRange = field(default_factory=LevelRange)
    rates: LevelRange | None = None
    arrivals: Literal["constant", "poisson"] = "constant"
    seed: int = 0
    intervals_ns: tuple[int, ...] = ()
    shape: LoadShape | Replay | None = None
    periodic: PeriodicConcurrency | None = None
    request_period: int = PeriodicConcurrency.period
    fixed_schedule: bool = False
    max_request_rate: float | None = None
    find_max: Threshold | None = None
    scenario: str = ""
    max_in_flight: int | None = None
    sequences: Sequences | None = None
    binary_search: bool = False
    latency_limit_ms: int = 0
    counts_requests: bool = False
    interval_ms: int = 5000
    window_request_count: int = 50
    request_count: int | None = None
    warmup_request_count: int = 0
    stability_percentage: float = 10.0
    max_trials: int = 10
    percentile: int | None = None
    error_limit: ErrorLimit | None = None
    thresholds: tuple[Threshold, ...] = ()
    collects_metrics: bool = False
    metrics_url: str = ""
    metrics_interval_ms: int = 1000
    trace: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """settings of the server's traces, by the names that Triton gives them"""
    csv_file: str = ""
    verbose_csv: bool = False
    json_file: str = ""
    export_file: str = ""
    verbose: bool = False
    ui: Literal["auto", "dashboard", "plain", "none"] = "auto"
    ask: str = ""
    """`help` or `version`: what the user wants to know instead of measuring"""
    given: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def _rates(self) -> LevelRange | None:
        """The rates asked for, or those of a search that was told nothing of levels."""
        is_told = self.find_max is None or any(name == "--concurrency-range" for name, _ in self.given)
        return self.rates if self.rates or is_told else SEARCHED_RATES

    @property
    def _arrivals(self) -> Literal["constant", "poisson"]:
        return "poisson" if self._rates is SEARCHED_RATES else self.arrivals

    @property
    def banner_arrivals(self) -> Literal["constant", "poisson"] | None:
        """How requests are distributed, None where nothing is said of it: in a closed loop, and of instants given."""
        return self._arrivals if self._rates or (self.shape and not self.fixed_schedule) else None

    @property
    def is_open_loop(self) -> bool:
        """Whether requests are sent at planned instants."""
        return self._rates is not None or bool(self.intervals_ns) or self.fixed_schedule or self.shape is not None

    @property
    def levels(self) -> LevelRange:
        """The numbers of the levels; that of intervals or a load that ends is a single one, which says nothing."""
        return LevelRange() if self.intervals_ns or self.ends_by_itself else self._rates or self.concurrencies

    @property
    def ends_by_itself(self) -> bool:
        """Whether the load says when it is over."""
        return self.shape is not None or self.periodic is not None

    @property
    def load_at(self) -> Callable[[Any], LoadMode]:
        """What makes a load of the number of a level."""
        if self.periodic is not None:
            periodic = replace(self.periodic, period=self.request_period)
            return lambda _: periodic
        if self.shape is not None:
            return self._shape_at
        if self.intervals_ns:
            return lambda _: RequestIntervals(self.intervals_ns, self.max_in_flight)
        if self._rates is None:
            return partial(Concurrency, max_per_second=self.max_request_rate)
        return partial(RequestRate, arrivals=self._arrivals, seed=self.seed, max_in_flight=self.max_in_flight)

    def _shape_at(self, _level: object) -> LoadShape | Replay:
        match self.shape:
            case LoadShape() as shape:
                return replace(shape, arrivals=self.arrivals, seed=self.seed, max_in_flight=self.max_in_flight)
            case replay:
                assert replay is not None
                return replace(replay, max_in_flight=self.max_in_flight)

    @property
    def search(self) -> Search:
        """What visits the levels. Raises ConfigError for a range that holds none."""
        if self.find_max is not None:
            return self.levels.highest
        return self.levels.search(binary=self.binary_search)

    @property
    def tolerated(self) -> ErrorLimit | None:
        """The failed requests that do not end the run; all of them where a threshold of their own will judge them."""
        judges = self.thresholds if self.find_max is None else (*self.thresholds, self.find_max)
        if self.error_limit is None and any(threshold.figure == "errors" for threshold in judges):
            return ErrorLimit(rate=1.0)
        return self.error_limit

    @property
    def is_tls(self) -> bool:
        """Whether TLS is spoken. Raises ConfigError for an HTTP url that cannot be used."""
        return self.grpc_tls if self.protocol == "grpc" else http_endpoint(self._url).is_tls

    @property
    def target(self) -> Target:
        """Whom the load goes to, of several models the first.

        Raises ConfigError for a url, a header or a composing model that cannot be used.
        """
        return Target(
            self._url,
            self.model,
            self.version,
            protocol=self.protocol,
            tls=self.tls if self.is_tls else None,
            headers=self.headers,
            composing_models=self.composing_models,
        )

    @property
    def model(self) -> str:
        """The first model; empty if none was named."""
        return next((name for name, _ in self.models), "")

    @property
    def mix(self) -> Mix | None:
        """Several models, None if there is one. Raises ConfigError as `target`."""
        if len(self.models) < 2:
            return None
        inputs = {
            model: replace(self.inputs, files=own.files, generate=own.generate, shapes=own.shapes)
            for model, own in self.own_inputs.items()
        }
        return Mix({replace(self.target, model=name): weight for name, weight in self.models}, inputs)

    @property
    def metrics(self) -> MetricsSource | None:
        """Where the server's metrics are read, None if they are not asked for. Raises ConfigError for a wrong url."""
        if not self.collects_metrics:
            return None
        url = self.metrics_url or default_metrics_url(self.target.endpoint)
        return MetricsSource(url, self.metrics_interval_ms / 1000)

    @property
    def _url(self) -> str:
        return self.url or DEFAULT_URLS[self.protocol]
