"""Ctrl-C and SIGTERM end a run in good order; the second one ends it at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loadgen.cli.output import warn

_LEFT_AT_ONCE = 130  # 128 + SIGINT: perf_analyzer leaves with 0 here, but requests were left in flight


def say_stopping() -> None:
    """Tell the user that the first signal has been heard."""
    warn("loadgen: stopping when the requests in flight are answered; again to leave at once")


@contextmanager
def stop_on_signals(
    *, on_stop: Callable[[], None] = say_stopping, on_leave: Callable[[], None] = lambda: None
) -> Iterator[asyncio.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; to be used inside a running event loop.

    `on_stop` is called then, and `on_leave` just before the second one ends the process, whatever becomes of it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():
            for number in signals:  # The next one ends the process even where nobody reads what is written now.
                signal.signal(number, signal.SIG_DFL)
            try:
                on_leave()
            finally:
                os._exit(_LEFT_AT_ONCE)
        on_stop()
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.getsignal(number) for number in signals]
    for number in signals:
        # loop.add_signal_handler does not exist on Windows, and this does the same everywhere.
        signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(on_signal))
    try:
        yield stop
    finally:
        for number, handler in zip(signals, previous, strict=True):
            signal.signal(number, handler)
