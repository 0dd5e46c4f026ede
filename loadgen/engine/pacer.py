"""Wakes the event loop at an exact instant.

Its own timers are whole milliseconds: asyncio rounds up, uvloop down. On Linux a timer of the kernel's that the loop
reads like a socket (timerfd_create(2)) is some tens of microseconds late; elsewhere the loop sleeps until shortly
before the instant, and then looks at the clock whenever it has nothing else to do.
"""

import asyncio
import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Protocol

from loadgen.units import NS_PER_S

# From <time.h> and <sys/timerfd.h>. perf_counter_ns reads the same clock.
_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_ITIMERSPEC = struct.Struct("@4l")

_SLEEP_SHORT_BY_NS = 2_000_000


class Pacer(Protocol):
    """A timer that goes off once for each time it is set, and never before its instant."""

    def wake_at(self, instant_ns: int) -> None:
        """Call back at an instant of perf_counter_ns, at once if it is over; what was set before is forgotten."""

    def close(self) -> None:
        """Call back no more."""


def pacer(wake: Callable[[], None]) -> Pacer:
    """Return the timer of this platform for the running event loop, which calls `wake`."""
    return KernelTimer(wake) if sys.platform == "linux" else WatchedClock(wake)


class KernelTimer:
    """A timerfd, through the C library: Python has it from 3.13 on."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._set = libc.timerfd_settime
        self._set.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._gone_off)

    def wake_at(self, instant_ns: int) -> None:
        """Set the timer."""
        self._set(self._fd, _TFD_TIMER_ABSTIME, _ITIMERSPEC.pack(0, 0, *divmod(instant_ns, NS_PER_S)), None)

    def close(self) -> None:
        """Give the timer back."""
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _gone_off(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it was set anew meanwhile
            os.read(self._fd, 8)
            self._wake()


class WatchedClock:
    """Sleeps for most of the time, and watches the clock for the rest of it; other events of the loop go on."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None
        self._instant_ns = 0

    def wake_at(self, instant_ns: int) -> None:
        """Set the timer."""
        self.close()
        self._instant_ns = instant_ns
        sleep_ns = instant_ns - perf_counter_ns() - _SLEEP_SHORT_BY_NS
        if sleep_ns > 0:
            self._handle = self._loop.call_later(sleep_ns / NS_PER_S, self._watch)
        else:
            self._handle = self._loop.call_soon(self._watch)

    def close(self) -> None:
        """Forget what was set."""
        if self._handle is not None:
            self._handle.cancel()

    def _watch(self) -> None:
        if perf_counter_ns() < self._instant_ns:
            self._handle = self._loop.call_soon(self._watch)
        else:
            self._wake()
