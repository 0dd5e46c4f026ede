"""The raw material of every figure: when each request was sent, when its last byte was seen, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loadgen.measure.failures import Failures

if TYPE_CHECKING:  # `import loadgen` should not take the time that numpy takes
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Records:
    """Requests that succeeded as two columns of monotonic nanoseconds, int64, shape [requests], in order of completion.

    `failures` counts those that ended meanwhile and failed; they have no place in the columns, and in no latency.
    """

    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    failures: Failures = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.end_ns)

    @property
    def latency_ns(self) -> NDArray[np.int64]:
        """Send to last byte, int64, shape [requests]."""
        return self.end_ns - self.start_ns
