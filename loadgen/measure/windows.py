"""How long to measure, and what one measurement window holds (behaviour sections 3.1 and 3.2)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loadgen.errors import ConfigError
from loadgen.measure.client_use import ClientUse
from loadgen.measure.records import Records
from loadgen.measure.responses import Responses
from loadgen.measure.server_statistics import ServerStatistics


@dataclass(frozen=True)
class Windows:
    """Measure in windows of `length_s` seconds until the last three agree within `tolerance`, or there are `at_most`.

    With a `request_count` a window lasts until at least so many requests have ended, and `length_s` has no meaning.
    `percentile` names the latency that has to be stable (1 to 99); None is the average. A level at which that latency
    is not below `latency_limit_ns` ends the search for more levels. Raises ConfigError for a value that cannot be used.
    """

    length_s: float = 6.0
    tolerance: float = 0.10
    at_most: int = 10
    percentile: int | None = None
    request_count: int | None = None
    latency_limit_ns: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.length_s < math.inf:
            raise ConfigError(f"length_s must be above 0 seconds, not {self.length_s}")
        if not 0 <= self.tolerance < math.inf:
            raise ConfigError(f"tolerance must be at least 0 (0.1 allows 10 %), not {self.tolerance}")
        if self.at_most < 1:
            raise ConfigError(f"at_most must be at least 1 window, not {self.at_most}")
        if self.percentile is not None and not 1 <= self.percentile <= 99:
            raise ConfigError(f"percentile must be from 1 to 99, not {self.percentile}")
        if self.request_count is not None and self.request_count < 1:
            raise ConfigError(f"request_count must be at least 1 request, not {self.request_count}")
        if self.latency_limit_ns is not None and self.latency_limit_ns < 1:
            raise ConfigError(f"latency_limit_ns must be above 0 ns, not {self.latency_limit_ns}")


@dataclass(frozen=True)
class Window:
    """The requests that ended from `start_ns` to `end_ns`, and what server and client did meanwhile (None: not known).

    `batch_size` inferences count for each request. `responses` are those of a decoupled model, None of another;
    `sequence_count` is how many sequences came to their end, None where requests form none. `models` are the same
    window as each of several models alone had it, by name; nothing of one model.
    """

    start_ns: int
    end_ns: int
    records: Records
    server: ServerStatistics | None
    batch_size: int = 1
    responses: Responses | None = None
    client: ClientUse | None = None
    sequence_count: int | None = None
    models: Mapping[str, "Window"] = field(default_factory=dict)

    @property
    def duration_ns(self) -> int:
        """The length of the window."""
        return self.end_ns - self.start_ns

    def clamped(self) -> "Window":
        """Return the window from the first send, or planned instant, to the last end of the requests that succeeded.

        Without any it is the window itself.
        """
        records = self.records
        if not len(records):
            return self
        begun_ns = records.start_ns if records.planned_ns is None else records.planned_ns
        start_ns, end_ns = int(begun_ns.min()), int(records.end_ns.max())
        models = {name: replace(part, start_ns=start_ns, end_ns=end_ns) for name, part in self.models.items()}
        return replace(self, start_ns=start_ns, end_ns=end_ns, models=models)
