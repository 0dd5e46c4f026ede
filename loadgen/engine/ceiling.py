"""A limit to how often a closed loop may send."""

from collections import deque
from collections.abc import Iterator
from time import perf_counter_ns

from loadgen.units import NS_PER_S

CATCH_UP_NS = 10_000_000
"""What was put off is made up for as far as it is no older than this."""

FLUSH_NS = 100_000
"""A request that has begun is sent within this time, as far as is known before it was."""


class Ceiling:
    """Instants at which the next request may be sent, so that there are never more than `per_second` in any second.

    Requests are a period apart, and moreover so many of them as there may be in a second take no less than one, by the
    instants at which they really were sent, which the owner `add`s. A late wake-up is made up for, so
    that the ceiling is reached, but not a long wait for an answer.
    """

    def __init__(self, per_second: float) -> None:
        self._period_ns = round(NS_PER_S / per_second)
        self._count = max(1, int(per_second))
        self._span_ns = round(self._count * NS_PER_S / per_second)
        self._sent_ns: deque[int] = deque(maxlen=self._count)

    def add(self, sent_ns: int) -> None:
        """Keep the instant of a send."""
        self._sent_ns.append(sent_ns)

    def instants_ns(self, start_ns: int) -> Iterator[int]:
        """Yield the first instant for each request when the one before it is about to be sent."""
        next_ns = start_ns
        while True:
            yield next_ns
            now_ns = perf_counter_ns()
            undelayed_ns, earliest_ns = next_ns + self._period_ns, now_ns + self._period_ns - CATCH_UP_NS
            next_ns = max(undelayed_ns, earliest_ns, self._first_ns(now_ns) + self._span_ns)

    def _first_ns(self, now_ns: int) -> int:
        """Return when the first of the last `count` requests was sent, of which the very last is about to be."""
        if self._count == 1:
            return now_ns + FLUSH_NS
        return self._sent_ns[1 - self._count] if len(self._sent_ns) >= self._count - 1 else -self._span_ns
