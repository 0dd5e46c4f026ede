"""Keep the interpreter from pausing the event loop while something is measured."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_off() -> Iterator[None]:
    """Switch the cyclic garbage collector off until the end.

    A collection stops everything for milliseconds, which would count as the server's latency. The hot path makes no
    reference cycles, so nothing piles up meanwhile.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
