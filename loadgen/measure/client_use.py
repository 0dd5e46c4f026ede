"""What the client itself took of the time in which it measured."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ClientUse:
    """The use that the thread of the event loop made of `duration_ns`.

    For `cpu_ns` it ran, and for `waiting_ns` it could have run but had to wait for a core (None: the system does not
    tell). A timer went off `lags` times, `lag_ns` too late altogether, and `worst_lag_ns` at most.
    """

    duration_ns: int
    cpu_ns: int
    waiting_ns: int | None = None
    lags: int = 0
    lag_ns: int = 0
    worst_lag_ns: int = 0

    @property
    def running(self) -> float:
        """The share of the time in which it ran: of one core."""
        return self.cpu_ns / self.duration_ns

    @property
    def waiting(self) -> float | None:
        """The share of the time in which it waited for a core."""
        return None if self.waiting_ns is None else self.waiting_ns / self.duration_ns

    @property
    def busy(self) -> float:
        """The share of the time in which it had something to do, whether it ran or waited; 1 is always."""
        return min(1.0, (self.cpu_ns + (self.waiting_ns or 0)) / self.duration_ns)

    @property
    def mean_lag_ns(self) -> int:
        """How late a timer was on average, 0 without one."""
        return self.lag_ns // max(1, self.lags)


def pooled(uses: Sequence[ClientUse | None]) -> ClientUse | None:
    """Return the use that was made of several spans together; None if it is not known for one of them."""
    known = [use for use in uses if use is not None]
    if not known or len(known) < len(uses):
        return None
    waits_ns = [use.waiting_ns for use in known if use.waiting_ns is not None]
    return ClientUse(
        duration_ns=sum(use.duration_ns for use in known),
        cpu_ns=sum(use.cpu_ns for use in known),
        waiting_ns=sum(waits_ns) if len(waits_ns) == len(known) else None,
        lags=sum(use.lags for use in known),
        lag_ns=sum(use.lag_ns for use in known),
        worst_lag_ns=max(use.worst_lag_ns for use in known),
    )
