"""Wakes the event loop at an exact instant.

Its own timers are whole milliseconds: asyncio rounds up, uvloop down. On Linux there are timers of the kernel's that
the loop reads like a socket (timerfd_create(2)). Of whatever kind, a timer is late where the processor sleeps as well:
by 0.2 to 0.5 ms at 200 requests a second on a virtual machine of two cores. So the loop sleeps until shortly before the
instant, and then looks at the clock whenever it has nothing else to do.
"""

import asyncio
import contextlib
import ctypes
import os
import struct
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import perf_counter_ns
from typing import Protocol

from loadgen.units import NS_PER_S

# From <time.h> and <sys/timerfd.h>. perf_counter_ns reads the same clock.
_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_ITIMERSPEC = struct.Struct("@4l")

# For how long the clock is watched. With the kernel's timer no more than a tenth of the time, for the server may want
# the core; with the event loop's, two of its milliseconds.
_WATCHED_NS, _WATCHED_PART = 500_000, 10
_WATCHED_IN_LOOP_NS = 2_000_000


class Pacer(Protocol):
    """A timer that goes off once for each time it is set, and never before its instant."""

    def wake_at(self, instant_ns: int) -> None:
        """Call back at an instant of perf_counter_ns, at once if it is over; what was set before is forgotten."""

    def close(self) -> None:
        """Call back no more."""


def pacer(wake: Callable[[], None]) -> Pacer:
    """Return the timer of this platform for the running event loop, which calls `wake`."""
    return KernelTimer(wake) if sys.platform == "linux" else LoopTimer(wake)


class _WatchedClock(ABC):
    """Sleeps for most of the time, and watches the clock for the rest of it; other events of the loop go on."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None
        self._instant_ns = 0

    def wake_at(self, instant_ns: int) -> None:
        """Set the timer."""
        self._forget()
        self._instant_ns = instant_ns
        self._sleep(instant_ns - perf_counter_ns())

    @abstractmethod
    def _sleep(self, wait_ns: int) -> None:
        """Have `_watch` called shortly before the instant, which is so far away, or is over."""

    def _watch(self) -> None:
        if perf_counter_ns() < self._instant_ns:
            self._handle = self._loop.call_soon(self._watch)
        else:
            self._wake()

    def _forget(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


class KernelTimer(_WatchedClock):
    """A timerfd, through the C library: Python has it from 3.13 on."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__(wake)
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._set = libc.timerfd_settime
        self._set.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
        self._loop.add_reader(self._fd, self._gone_off)

    def close(self) -> None:
        """Give the timer back."""
        self._forget()
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _sleep(self, wait_ns: int) -> None:
        until_ns = self._instant_ns - min(_WATCHED_NS, max(0, wait_ns) // _WATCHED_PART)
        self._set(self._fd, _TFD_TIMER_ABSTIME, _ITIMERSPEC.pack(0, 0, *divmod(until_ns, NS_PER_S)), None)

    def _gone_off(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it was set anew meanwhile
            os.read(self._fd, 8)
            self._watch()


class LoopTimer(_WatchedClock):
    """The event loop's own timer, which is there everywhere."""

    def close(self) -> None:
        """Forget what was set."""
        self._forget()

    def _sleep(self, wait_ns: int) -> None:
        sleep_ns = wait_ns - _WATCHED_IN_LOOP_NS
        if sleep_ns > 0:
            self._handle = self._loop.call_later(sleep_ns / NS_PER_S, self._watch)
        else:
            self._handle = self._loop.call_soon(self._watch)
