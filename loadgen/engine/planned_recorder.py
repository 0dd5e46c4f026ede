"""Where an open loop leaves its records."""

from array import array
from dataclasses import replace

import numpy as np

from loadgen.engine.recorder import Recorder
from loadgen.measure.records import Records
from loadgen.measure.sends import LATE_NS, Sends
from loadgen.wire.exchange import Failure


class PlannedRecorder:
    """The columns of a closed loop and one more, of planned instants; and a count of what was sent, and how late."""

    def __init__(self) -> None:
        self.has_plan = True
        """whether the records say what was planned: under a ceiling nothing is"""
        self._recorder = Recorder()
        self._planned_ns = array("q")
        self._sent = 0
        self._delayed: dict[str, int] = {}

    @property
    def ended_count(self) -> int:
        """The number of replies, good and bad."""
        return self._recorder.ended_count

    def add(self, planned_ns: int, start_ns: int, end_ns: int) -> None:
        """Keep a request that was to be sent at `planned_ns`, was at `start_ns`, and was answered at `end_ns`."""
        self._planned_ns.append(planned_ns)
        self._recorder.add(start_ns, end_ns)

    def add_failure(self, failure: Failure) -> None:
        """Count a request that failed."""
        self._recorder.add_failure(failure)

    def add_sent(self, late_ns: int, hindrance: str) -> None:
        """Count a request that was sent so long after its planned instant, with what had held it back if anything."""
        self._sent += 1
        if late_ns > LATE_NS:
            self._delayed[hindrance] = self._delayed.get(hindrance, 0) + 1

    def since(self, position: int) -> Records:
        """Return the good replies after the first `position`, and all failures, and leave them here; without a plan."""
        return self._recorder.since(position)

    def take(self) -> Records:
        """Return what was added since the last call, as columns, which take over the memory."""
        records = self._recorder.take()
        if self.has_plan:
            planned_ns, sends = np.frombuffer(self._planned_ns, np.int64), Sends(self._sent, self._delayed)
            records = replace(records, planned_ns=planned_ns, sends=sends)
        self._planned_ns, self._sent, self._delayed = array("q"), 0, {}
        return records
