"""The server's counters after its last answer."""

import time
from collections.abc import Callable
from typing import TypeVar

Counters = TypeVar("Counters")

PAUSE_S = 0.01
MOST_READINGS = 20


def settled(read: Callable[[], Counters], pause_s: float = PAUSE_S) -> Counters:
    """Read the counters until they stand still, at most MOST_READINGS times, and return the last ones.

    Triton counts a request a little after it has answered it: read at once, the last one may be missing. Other clients
    may keep the counters moving for ever.
    """
    counters = read()
    for _ in range(MOST_READINGS - 1):
        time.sleep(pause_s)
        before, counters = counters, read()
        if counters == before:
            break
    return counters
