"""Where a measurement is, for somebody who watches it."""

from collections import deque
from dataclasses import dataclass, field

from loadgen.engine.load import Load
from loadgen.measure.windows import Window

KEPT_WINDOWS = 3
"""A level keeps so many with their records anyway."""


@dataclass
class Progress:
    """Written by the measurement as it goes on; it does not know whether anybody reads it.

    `window_start_ns` is when the open window began, None between levels. `closed` are the last windows that ended,
    without the server's share, and `closed_count` is how many there were in all; a reader may take them out.
    """

    loop: Load | None = None
    window_start_ns: int | None = None
    closed: deque[Window] = field(default_factory=lambda: deque(maxlen=KEPT_WINDOWS))
    closed_count: int = 0

    def close(self, window: Window) -> None:
        """Note that a window has ended, where the next one begins."""
        self.closed.append(window)
        self.closed_count += 1
        self.window_start_ns = window.end_ns
