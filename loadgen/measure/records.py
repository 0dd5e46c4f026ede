"""The raw material of every figure: when each request was sent, when its last byte was seen, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loadgen.measure.failures import Failures
from loadgen.measure.sends import Sends

if TYPE_CHECKING:  # `import loadgen` should not take the time that numpy takes
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Records:
    """Requests that succeeded as two columns of monotonic nanoseconds, int64, shape [requests], in order of completion.

    `failures` counts those that ended meanwhile and failed; they have no place in the columns, and in no latency.
    In an open loop `planned_ns` is a third column, of the instants at which they were to be sent, and `sends` says how
    many were sent meanwhile; in a closed loop both are None.
    """

    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    failures: Failures = field(default_factory=dict)
    planned_ns: NDArray[np.int64] | None = None
    sends: Sends | None = None

    def __len__(self) -> int:
        return len(self.end_ns)

    @property
    def latency_ns(self) -> NDArray[np.int64]:
        """Send to last byte, int64, shape [requests]."""
        return self.end_ns - self.start_ns

    def of(self, requests: NDArray[np.int64]) -> Records:
        """Return these requests alone, by their places in the columns; who failed, or was sent, is not told of them."""
        planned_ns = None if self.planned_ns is None else self.planned_ns[requests]
        return Records(self.start_ns[requests], self.end_ns[requests], planned_ns=planned_ns)


def joined(parts: Sequence[Records]) -> Records:
    """Return the columns of all parts, at least one, which are of one kind of load; without what is only counted."""
    import numpy as np  # noqa: PLC0415 - see above

    planned = [part.planned_ns for part in parts if part.planned_ns is not None]
    return Records(
        np.concatenate([part.start_ns for part in parts]),
        np.concatenate([part.end_ns for part in parts]),
        planned_ns=np.concatenate(planned) if planned else None,
    )
