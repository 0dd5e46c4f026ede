"""What the dashboard shows at one instant, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadgen.dashboard.messages import Heading
from loadgen.dashboard.timeline import Bin
from loadgen.load.modes import LoadMode
from loadgen.measure.results import LevelResult, Summary


@dataclass(frozen=True)
class Snapshot:
    """A run as it stands.

    `levels` are those that are finished, without their raw records; `levels_left` is how many follow after the one that
    goes on, None where nobody can know. Of that one `trials` are the closed windows, `window` the figures of the open
    one so far, without a deviation, and `histogram` the latencies as (lower bound in ns, count), ascending. `bins` are
    throughput and latency over time. `silence_s` is for how long no request has ended.
    """

    heading: Heading
    elapsed_s: float
    load: LoadMode
    levels: Sequence[LevelResult] = ()
    levels_left: int | None = 0
    trials: Sequence[Summary] = ()
    window: Summary | None = None
    in_flight: int = 0
    histogram: Sequence[tuple[int, int]] = ()
    p50_ns: int = 0
    p99_ns: int = 0
    bins: Sequence[Bin] = ()
    silence_s: float = 0.0
    is_stopping: bool = False
    is_paused: bool = False
