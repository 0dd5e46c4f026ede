"""The raw material of every figure: when each request was sent and when its last byte was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `import loadgen` should not take the time that numpy takes
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Records:
    """Completed requests as two columns of monotonic nanoseconds, int64, shape [requests], in order of completion."""

    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.end_ns)

    @property
    def latency_ns(self) -> NDArray[np.int64]:
        """Send to last byte, int64, shape [requests]."""
        return self.end_ns - self.start_ns
