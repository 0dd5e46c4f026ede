"""Looks at a measurement from outside, and finds what is new."""

from dataclasses import replace

from loadgen.dashboard.messages import Tick
from loadgen.measure.records import Records
from loadgen.measure.windows import Window
from loadgen.profile.progress import Progress


class Look:
    """Knows what of a measurement was seen already; each look costs as much as there is new."""

    def __init__(self, progress: Progress, batch_size: int = 1) -> None:
        self._progress = progress
        self._batch_size = batch_size
        self._seen_windows = 0
        self._seen_requests = 0
        """of the window that was open at the last look"""

    def tick(self, at_ns: int) -> Tick:
        """Return what is new at an instant, which is now."""
        in_flight = self._progress.loop.in_flight if self._progress.loop else 0
        return Tick(at_ns, self._closed(), self._open(at_ns), in_flight)

    def _closed(self) -> tuple[Window, ...]:
        progress = self._progress
        windows = tuple(progress.closed)
        progress.closed.clear()
        if progress.closed_count > self._seen_windows + len(windows):
            self._seen_requests = 0  # the window that was open then was not kept so long
        self._seen_windows = progress.closed_count
        new = []
        for window in windows:
            new.append(_without(window, self._seen_requests))
            self._seen_requests = 0
        return tuple(new)

    def _open(self, at_ns: int) -> Window | None:
        progress = self._progress
        if progress.loop is None or progress.window_start_ns is None:
            return None
        records = progress.loop.records.since(self._seen_requests)
        self._seen_requests += len(records)
        return Window(progress.window_start_ns, at_ns, records, None, self._batch_size)


def _without(window: Window, seen: int) -> Window:
    """Return a window without the requests that were seen."""
    records = window.records
    return replace(window, records=Records(records.start_ns[seen:], records.end_ns[seen:], records.failures))
