"""The terminal as it is while the dashboard is there, and as it was before."""

import os
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

CLEAR = "\x1b[2J"
_ENTER = "\x1b[?1049h\x1b[?25l"  # the alternate screen, no cursor
_LEAVE = "\x1b[?25h\x1b[?1049l"


@contextmanager
def taken_over(fd: int) -> Iterator[None]:
    """Draw on the alternate screen of a terminal, and have its keys as they are typed, until the block ends.

    Ctrl-C remains a signal. Ctrl-Z does nothing: a load that stands still measures nothing, and would leave the
    terminal as it is.
    """
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSANOW)
        attributes = termios.tcgetattr(fd)
        attributes[6][termios.VSUSP] = os.fpathconf(fd, "PC_VDISABLE").to_bytes()
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        write_all(fd, _ENTER)
        yield
    finally:
        restore(fd, before)


def restore(fd: int, attributes: list[Any]) -> None:
    """Make a terminal what it was before, whatever state it is in."""
    with suppress(OSError, termios.error):  # it is gone
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        write_all(fd, _LEAVE)


def open_keys(fd: int) -> int | None:
    """Open a terminal for reading, whoever has standard input; None where that cannot be."""
    try:
        return os.open(os.ttyname(fd), os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return None


def write_all(fd: int, text: str) -> None:
    """Write, however much the terminal takes at a time."""
    data = text.encode()
    while data:
        data = data[os.write(fd, data) :]


def changes(before: Sequence[str], lines: Sequence[str]) -> str:
    """Return what has a terminal that shows `before` show `lines`: what differs, for the sake of slow connections."""
    return "".join(
        f"\x1b[{row};1H{line}\x1b[m"
        for row, line in enumerate(lines, 1)
        if row > len(before) or line != before[row - 1]
    )
