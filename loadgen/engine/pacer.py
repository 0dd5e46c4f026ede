"""Wakes the event loop at an exact instant.

Its own timers are whole milliseconds: asyncio rounds up, uvloop down. On Linux there are timers of the kernel's that
the loop reads like a socket (timerfd_create(2)). Of whatever kind, a timer is late where the processor sleeps as well:
by 0.2 to 0.5 ms at 200 requests a second on a virtual machine of two cores. So the loop sleeps until shortly before the
instant, or not at all where that is near, and then looks at the clock whenever it has nothing else to do.
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

# From <time.h> and <sys/timerfd.h>.
_CLOCK_MONOTONIC = 1
_ITIMERSPEC = struct.Struct("@4l")

# For how long the clock is watched. With the kernel's timer for a tenth of the time, for the server may want the core,
# within these limits: to wake may take longer than the lower one, and until then random requests that are close would
# gather, and replies wait. With the event loop's timer for two of its milliseconds.
_WATCHED_NS, LEAST_WATCHED_NS, _WATCHED_PART = 500_000, 250_000, 10
_WATCHED_IN_LOOP_NS = 2_000_000


class Pacer(Protocol):
    """A timer that goes off once for each time it is set, and never before its instant."""

    def wake_at(self, instant_ns: int) -> None:
        """Call back at an instant of perf_counter_ns, at once if it is over; what was set before is forgotten."""

    def close(self) -> None:
        """Call back no more."""


def pacer(wake: Callable[[], None], *, least_watched_ns: int = LEAST_WATCHED_NS) -> Pacer:
    """Return the timer of this platform for the running event loop, which calls `wake`.

    Where the system's timer is exact enough, the clock is watched for `least_watched_ns` or more.
    """
    return KernelTimer(wake, least_watched_ns) if sys.platform == "linux" else LoopTimer(wake)


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
        wait_ns = instant_ns - perf_counter_ns()
        sleep_ns = wait_ns - self._watched_ns(wait_ns)
        if sleep_ns > 0:
            self._sleep(sleep_ns)
        else:
            self._handle = self._loop.call_soon(self._watch)

    @abstractmethod
    def _watched_ns(self, wait_ns: int) -> int:
        """Return for how much of a wait the clock is watched; where that is all of it there is no sleep."""

    @abstractmethod
    def _sleep(self, sleep_ns: int) -> None:
        """Have `_watch` called after so long."""

    def _watch(self) -> None:
        if perf_counter_ns() < self._instant_ns:
            self._handle = self._loop.call_soon(self._watch)
        else:
            self._wake()

    def _forget(self) -> None:
        """Have `_watch` not called."""
        if self._handle is not None:
            self._handle.cancel()


class KernelTimer(_WatchedClock):
    """A timerfd, through the C library: Python has it from 3.13 on."""

    def __init__(self, wake: Callable[[], None], least_watched_ns: int = LEAST_WATCHED_NS) -> None:
        super().__init__(wake)
        self._least_watched_ns = least_watched_ns
        self._is_asleep = False
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

    def _watched_ns(self, wait_ns: int) -> int:
        return max(self._least_watched_ns, min(_WATCHED_NS, wait_ns // _WATCHED_PART))

    def _sleep(self, sleep_ns: int) -> None:
        self._is_asleep = True
        self._set(self._fd, 0, _ITIMERSPEC.pack(0, 0, *divmod(sleep_ns, NS_PER_S)), None)

    def _gone_off(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it was set anew meanwhile
            os.read(self._fd, 8)
            if self._is_asleep:
                self._is_asleep = False
                self._watch()

    def _forget(self) -> None:
        super()._forget()
        self._is_asleep = False  # The timer may still go off, which costs less than a call to prevent it.


class LoopTimer(_WatchedClock):
    """The event loop's own timer, which is there everywhere."""

    def close(self) -> None:
        """Forget what was set."""
        self._forget()

    def _watched_ns(self, wait_ns: int) -> int:  # noqa: ARG002 - of every wait
        return _WATCHED_IN_LOOP_NS

    def _sleep(self, sleep_ns: int) -> None:
        self._handle = self._loop.call_later(sleep_ns / NS_PER_S, self._watch)
