"""The whole picture: a snapshot laid out for a terminal of any size."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment

from loadgen.dashboard import over_time
from loadgen.dashboard.distribution import distribution
from loadgen.dashboard.grid import Row, grid, inner_width
from loadgen.dashboard.header import header
from loadgen.dashboard.heights import heights
from loadgen.dashboard.levels import levels
from loadgen.dashboard.line import Line, fitted
from loadgen.dashboard.snapshot import Snapshot
from loadgen.dashboard.status import advice, client, request_time
from loadgen.dashboard.windows import windows

KEYS = "q stop   p pause"
WIDE = 70
"""From so many characters on there are two sections side by side."""


@dataclass(frozen=True)
class Frame:
    """A snapshot, for rich to print; it takes all of the width and the height that the console has."""

    snapshot: Snapshot

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the lines; called by rich."""
        for line in picture(self.snapshot, options.max_width, options.size.height):
            yield from (Segment(text, console.get_style(style or "none")) for text, style in line)
            yield Segment.line()


def picture(snapshot: Snapshot, width: int, height: int) -> list[Line]:
    """Return `height` lines of `width` characters."""
    given = heights(height, has_levels=bool(snapshot.levels or snapshot.levels_left != 0))
    lines: list[Line] = [
        *header(snapshot, width),
        *grid(list(_rows(snapshot, width, given)), width, footnote=KEYS),
        request_time(snapshot, width),
        client(snapshot),
        *advice(snapshot, width, given["advice"]),
    ]
    lines += [()] * (height - len(lines))
    return [fitted(line, width) for line in lines[:height]]


def _rows(snapshot: Snapshot, width: int, given: Mapping[str, int]) -> Iterator[Row]:
    beside = 2 if width >= WIDE else 1
    room = inner_width(beside, width)
    if "charts" in given:
        charts = (over_time.throughput, over_time.latency)[:beside]
        yield Row(given["charts"], [chart(snapshot, room, given["charts"]) for chart in charts])
    if "details" in given:
        details = windows(snapshot, given["details"]), distribution(snapshot, room, given["details"])
        yield Row(given["details"], details[:beside])
    if "levels" in given:
        yield Row(given["levels"], [levels(snapshot, inner_width(1, width), given["levels"])])
