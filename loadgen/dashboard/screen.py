"""Pictures on a terminal, not more often than the machine can spare."""

import os
import time
from contextlib import ExitStack
from typing import Self

from rich.console import Console

from loadgen.dashboard.frame import Frame
from loadgen.dashboard.snapshot import Snapshot
from loadgen.dashboard.terminal import CLEAR, changes, taken_over, write_all

FRAME_S = 0.125
REST = 60
"""Nothing is drawn for so many times the CPU time that the last picture took: the machine is there for the load."""


class Screen:
    """Takes a terminal over with its first picture, until its `with` block ends."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._restoring = ExitStack()
        self._console: Console | None = None
        self._drawn: list[str] = []
        self._next_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._restoring.close()

    def is_due(self, *, changed: bool) -> bool:
        """Whether it is time for another picture, if there is something new to be seen; a new size makes it so."""
        return (changed or self._size_changed()) and time.monotonic() >= self._next_s

    def draw(self, snapshot: Snapshot) -> None:
        """Show a picture; the lines that are there already are not sent again."""
        started_s, started_cpu_s = time.monotonic(), time.process_time()
        if self._console is None:
            self._restoring.enter_context(taken_over(self._fd))
        if self._console is None or self._size_changed():
            self._console = _console(*os.get_terminal_size(self._fd))
            self._drawn = []
            write_all(self._fd, CLEAR)
        lines = rendered(snapshot, self._console)
        write_all(self._fd, changes(self._drawn, lines))
        self._drawn = lines
        self._next_s = started_s + max(FRAME_S, REST * (time.process_time() - started_cpu_s))

    def _size_changed(self) -> bool:
        return self._console is not None and tuple(self._console.size) != tuple(os.get_terminal_size(self._fd))


def rendered(snapshot: Snapshot, console: Console) -> list[str]:
    """Return the lines of a picture with their colours, as many as the console has."""
    with console.capture() as capture:
        console.print(Frame(snapshot), end="")
    return capture.get().splitlines()


def _console(columns: int, lines: int) -> Console:
    return Console(width=columns, height=lines, force_terminal=True, highlight=False)
