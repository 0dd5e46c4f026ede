"""What a server has not answered, in words."""

from collections.abc import Iterable
from time import perf_counter_ns

from loadgen.units import NS_PER_S


def silence(sent_ns: Iterable[int]) -> str:
    """Return a sentence about the requests that are unanswered, given when each was sent."""
    unanswered_ns = list(sent_ns)
    now_ns = perf_counter_ns()
    waited_s = (now_ns - min(unanswered_ns, default=now_ns)) / NS_PER_S
    count = len(unanswered_ns)
    unanswered = "1 request is unanswered" if count == 1 else f"{count} requests are unanswered, the oldest"
    return f"the server has stopped answering: {unanswered} for {waited_s:.1f} s"
