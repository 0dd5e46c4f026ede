"""What to measure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.windows import Windows


@dataclass(frozen=True)
class Plan:
    """A model, at each of `concurrencies`, in `windows`.

    The inputs are random, made from `seed`, with `batch_size` and with `shapes` for dynamic inputs; `transport` says
    how the requests travel. The first failed request ends the run, unless `error_limit` tolerates some.
    """

    target: Target
    concurrencies: tuple[int, ...]
    windows: Windows = field(default_factory=Windows)
    batch_size: int = 1
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    seed: int = 0
    transport: Transport = field(default_factory=Transport)
    error_limit: ErrorLimit | None = None
