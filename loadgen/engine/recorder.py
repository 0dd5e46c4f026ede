"""Where the hot path leaves its records."""

from array import array

import numpy as np

from loadgen.measure.failures import FailureCount, failed_count, merged
from loadgen.measure.records import Records
from loadgen.wire.exchange import Failure


class Recorder:
    """Two growing columns of nanoseconds: an append each is all that a good reply costs. Failures are counted."""

    def __init__(self) -> None:
        self._start_ns = array("q")
        self._end_ns = array("q")
        self._failures: dict[str, FailureCount] = {}

    def __len__(self) -> int:
        """Return the number of good replies."""
        return len(self._end_ns)

    @property
    def ended_count(self) -> int:
        """The number of replies, good and bad."""
        return len(self) + failed_count(self._failures)

    def add(self, start_ns: int, end_ns: int) -> None:
        """Keep a request that was sent at `start_ns` and whose last byte was seen at `end_ns`."""
        self._start_ns.append(start_ns)
        self._end_ns.append(end_ns)

    def add_failure(self, failure: Failure) -> None:
        """Count a request that failed."""
        self._failures = merged((self._failures, {failure.kind: FailureCount(1, failure.message)}))

    def since(self, position: int) -> Records:
        """Return the good replies after the first `position`, and all failures, and leave them here."""
        start_ns, end_ns = (np.array(column[position:], np.int64) for column in (self._start_ns, self._end_ns))
        return Records(start_ns, end_ns, failures=self._failures)

    def take(self) -> Records:
        """Return what was added since the last call, as columns that take over the memory: the load waits for this."""
        start_ns, end_ns = (np.frombuffer(column, np.int64) for column in (self._start_ns, self._end_ns))
        records = Records(start_ns, end_ns, failures=self._failures)
        self._start_ns, self._end_ns, self._failures = array("q"), array("q"), {}
        return records
