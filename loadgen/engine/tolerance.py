"""When failed requests end a load."""

from loadgen.errors import InferenceError
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.exchange import Failure


class Tolerance:
    """Counts the failed requests of a load: the first one ends it, or the first one beyond a `limit` that is a count.

    A limit that is a rate is for the caller to judge, who knows over what time.
    """

    def __init__(self, limit: ErrorLimit | None) -> None:
        self._limit = limit
        self._count = 0

    def add(self, failure: Failure) -> InferenceError | None:
        """Count one more; return what ends the load if it is one too many."""
        self._count += 1
        limit = self._limit
        if limit is None:
            return InferenceError(str(failure))
        if limit.count is None or not limit.is_exceeded(self._count, self._count):
            return None
        allowed = f"more than the {limit} that --max-error-rate allows"
        return InferenceError(f"failed requests: {self._count}, {allowed}; for example {failure}")
