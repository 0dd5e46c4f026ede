"""When the responses of a decoupled model came, which gives any number of them to a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `import loadgen` should not take the time that numpy takes
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Responses:
    """The responses to the requests of a window that succeeded, in the order of its records; those not empty count.

    `counts` is how many each request had, int64, shape [requests]. `seen_ns` are the monotonic instants at which they
    came, those of a request one after the other, int64, shape [responses].
    """

    counts: NDArray[np.int64]
    seen_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.seen_ns)

    def of(self, requests: NDArray[np.int64]) -> Responses:
        """Return those to these requests alone, by their places in ascending order."""
        import numpy as np  # noqa: PLC0415 - see above

        is_one = np.zeros(len(self.counts), bool)
        is_one[requests] = True
        return Responses(self.counts[requests], self.seen_ns[np.repeat(is_one, self.counts)])

    def first_ns(self, start_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the time to the first response of each request that had any, given when the requests were sent."""
        answered = self.counts > 0
        times_ns: NDArray[np.int64] = self.seen_ns[self._begins[answered]] - start_ns[answered]
        return times_ns

    @property
    def between_ns(self) -> NDArray[np.int64]:
        """The time between each response and the one before it, of the same request."""
        import numpy as np  # noqa: PLC0415 - see above

        begins = self._begins[self.counts > 0]
        return np.delete(np.diff(self.seen_ns), begins[1:] - 1)

    @property
    def _begins(self) -> NDArray[np.int64]:
        """Where the responses of each request begin in their column."""
        return self.counts.cumsum() - self.counts


@dataclass(frozen=True)
class Times:
    """How long something took, on average and by percentile."""

    average_ns: int
    percentiles_ns: Mapping[int, int]


@dataclass(frozen=True)
class ResponseTimes:
    """From the send of a request to its `first` response, and `between` two of a request; None: there were none."""

    first: Times | None
    between: Times | None
