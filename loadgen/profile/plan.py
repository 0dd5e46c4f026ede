"""What to measure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.metrics_source import MetricsSource
from loadgen.load.mix import Mix
from loadgen.load.modes import Concurrency, LoadMode
from loadgen.load.sequence_options import Sequences
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.search import Search
from loadgen.measure.threshold import Threshold
from loadgen.measure.windows import Windows

if TYPE_CHECKING:  # to be had without numpy
    from loadgen.load.tensors import Arrays


@dataclass(frozen=True)
class Plan:
    """A model, at the levels of `search`, each in `windows`.

    `inputs` says what the requests carry, and `transport` how they travel. The first failed request ends the run,
    unless `error_limit` tolerates some.

    With a `request_count` exactly so many requests are sent at each level, all of them in one window. Before each level
    `warmup_request_count` requests are sent that do not count. Raises ConfigError for counts that cannot be used, and
    for a search that needs a latency limit which the windows do not have.
    """

    target: Target
    search: Search
    windows: Windows = field(default_factory=Windows)
    inputs: Inputs = field(default_factory=Inputs)
    transport: Transport = field(default_factory=Transport)
    error_limit: ErrorLimit | None = None
    request_count: int | None = None
    warmup_request_count: int = 0
    metrics: MetricsSource | None = None
    """the server's metrics, read while a level is measured; None: not read"""
    trace: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """settings of the server's traces that hold during the load, by the names that Triton gives them"""
    on_outputs: "Callable[[Arrays], object] | None" = None
    """gets the outputs of each good response; a request for which it raises has failed"""
    condition: Threshold | None = None
    """what the levels of a search have to keep to, besides the latency limit of the windows; None: nothing"""
    sequences: Sequences | None = None
    """how the requests to a sequence model are put together; None: as by default, whatever the model"""
    mix: Mix | None = None
    """several models that share the load, of which `target` is the first; None: there is but one"""
    load_at: Callable[[Any], LoadMode] = Concurrency
    """makes a load of the number of a level"""

    def __post_init__(self) -> None:
        if self.request_count is not None and self.request_count < 1:
            raise ConfigError(f"request_count must be at least 1 request, not {self.request_count}")
        if self.warmup_request_count < 0:
            raise ConfigError(f"warmup_request_count must be at least 0, not {self.warmup_request_count}")
        if self.transport.shared_memory is not None:
            self._check_sharing()
        if self.mix is not None:
            self._check_mix()
        if self.search.needs_limit and self.windows.latency_limit_ns is None:
            raise ConfigError(f"{self.search} needs a latency limit: set latency_limit_ns of the windows")

    @property
    def targets(self) -> Mapping[str, Target]:
        """The models by name."""
        return {self.target.name: self.target} if self.mix is None else self.mix.targets

    def _check_mix(self) -> None:
        assert self.mix is not None
        for inputs in (self.inputs, *self.mix.inputs.values()):
            if inputs.are_drawn:
                raise ConfigError("requests to several models are encoded before the load: give a list of arrays")
            if inputs.batch_size != self.inputs.batch_size:
                raise ConfigError(f"-b {inputs.batch_size}: several models have one batch size, as the run says")
        if self.sequences is not None:
            raise ConfigError("several models take no sequences of requests: measure a sequence model alone")

    def _check_sharing(self) -> None:
        if self.inputs.are_drawn:
            raise ConfigError("shared memory is filled before the load begins: give a list of arrays")
        if self.on_outputs is not None:
            raise ConfigError(
                "on_outputs does not go with shared memory: all requests have their outputs written to the same place"
            )
