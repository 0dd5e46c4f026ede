"""Whether the client itself was the limit of what was measured.

A client that is the limit always has something to do. With a core of its own it then runs all of the time; where it has
to share one, it runs or waits for its turn. So it is the sum of both that tells, not the processor time alone. A client
that only waits now and then is not the limit, but beside it the server does not show all that it can do.

An open loop runs to watch the clock as well (engine/pacer.py), and its plan tells what it could not do in time.
"""

from dataclasses import dataclass

from loadgen.measure.client_use import ClientUse
from loadgen.measure.results import Summary
from loadgen.measure.sends import CLIENT
from loadgen.units import NS_PER_MS

ALWAYS_BUSY = 0.9
"""Of the time. At such a utilization answers queue in the client: in an M/M/1 queue each waits nine times as long as it
takes to deal with it."""

LATE = 0.25
"""Of the average latency: so late, on average, the event loop sees a timer, and an answer, too."""

LATE_NS = 2 * NS_PER_MS
"""Less than this tells nothing: timers of event loops are exact to a millisecond."""

BEHIND = 0.1
"""Of the requests that had a plan, sent more than a millisecond late because the client was busy."""

CROWDED = 0.05
"""Of the time, waiting for a core. It is 1 % with a core to spare, 15 % beside a server that takes all cores."""


@dataclass(frozen=True)
class ClientVerdict:
    """Whether the client was the limit. `reason` says so in words, or that it was short of a core, or nothing."""

    limited: bool
    reason: str = ""


def judge_client(figures: Summary) -> ClientVerdict:
    """Decide whether the client was the limit. It was not where its use of the time is not known."""
    use = figures.client
    if use is None or not figures.request_count:
        return ClientVerdict(limited=False)
    is_late = use.mean_lag_ns >= max(LATE_NS, LATE * figures.average_ns)
    if is_late or _does_not_keep_up(figures, use):
        return ClientVerdict(limited=True, reason=f"loadgen itself was the limit: {_in_words(use)}")
    if use.waiting is not None and use.waiting >= CROWDED:
        reason = f"loadgen was short of a core: {_in_words(use)}; away from the server it may measure more"
        return ClientVerdict(limited=False, reason=reason)
    return ClientVerdict(limited=False)


def _does_not_keep_up(figures: Summary, use: ClientUse) -> bool:
    if figures.planned is None:
        return use.busy >= ALWAYS_BUSY
    sends = figures.planned.sends
    return sends.delayed.get(CLIENT, 0) > BEHIND * sends.count


def ceiling(figures: Summary) -> float | None:
    """Return the throughput at which the client would always be busy, if a request cost it what it cost here.

    That is throughput / utilization (the utilization law). It is low where the client is far from it, because the more
    requests are in flight, the more of them share a turn of the event loop. None where that is not known, as of an open
    loop, which watches the clock meanwhile.
    """
    use = figures.client
    return None if use is None or not use.busy or figures.planned is not None else figures.throughput / use.busy


def _in_words(use: ClientUse) -> str:
    waited = "" if use.waiting is None else f" and waited for a core {100 * use.waiting:.0f} %"
    late = f", and was {use.mean_lag_ns / NS_PER_MS:.1f} ms late on average" if use.mean_lag_ns >= LATE_NS else ""
    return f"its event loop ran {100 * use.running:.0f} % of the time{waited}{late}"
