"""Where the hot path leaves its records."""

from array import array

import numpy as np

from loadgen.measure.failures import FailureCount, failed_count, merged
from loadgen.measure.records import Records
from loadgen.wire.exchange import Failure


class Recorder:
    """A growing row of nanoseconds, two for each good reply: to append them is all that it costs. Failures are counted.

    Two growing columns would stand in each other's way again and again, and be copied each time.
    """

    def __init__(self) -> None:
        self._starts_and_ends_ns = array("q")
        self._failures: dict[str, FailureCount] = {}

    def __len__(self) -> int:
        """Return the number of good replies."""
        return len(self._starts_and_ends_ns) // 2

    @property
    def ended_count(self) -> int:
        """The number of replies, good and bad."""
        return len(self) + failed_count(self._failures)

    def add(self, start_ns: int, end_ns: int) -> None:
        """Keep a request that was sent at `start_ns` and whose last byte was seen at `end_ns`."""
        append = self._starts_and_ends_ns.append
        append(start_ns)
        append(end_ns)

    def add_failure(self, failure: Failure) -> None:
        """Count a request that failed."""
        self._failures = merged((self._failures, {failure.kind: FailureCount(1, failure.message)}))

    def since(self, position: int) -> Records:
        """Return the good replies after the first `position`, and all failures, and leave them here."""
        return self._records(self._starts_and_ends_ns[2 * position :])

    def take(self) -> Records:
        """Return what was added since the last call, as columns that take over the memory: the load waits for this."""
        records = self._records(self._starts_and_ends_ns)
        self._starts_and_ends_ns, self._failures = array("q"), {}
        return records

    def _records(self, starts_and_ends_ns: "array[int]") -> Records:
        columns = np.frombuffer(starts_and_ends_ns, np.int64).reshape(-1, 2)
        return Records(columns[:, 0], columns[:, 1], failures=self._failures)
