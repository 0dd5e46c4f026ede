"""A line of the picture: pieces of text, each in a style of rich.

rich's own Text would do the same, and take five times as long: the machine is there for the load.
"""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

Piece = tuple[str, str]
"""Text, and its style; an empty one is the terminal's own."""

Line = tuple[Piece, ...]


def styled(line: Line, style: str) -> Line:
    """Return a line with all its pieces in one style."""
    return tuple((text, style) for text, _ in line)


def width_of(line: Iterable[Piece]) -> int:
    """Return how many cells of the terminal a line takes."""
    return sum(cell_len(text) for text, _ in line)


def fitted(line: Line, width: int) -> Line:
    """Return a line cut, with an ellipsis, or filled with blanks to so many cells."""
    room = width - width_of(line)
    if room >= 0:
        return (*line, (" " * room, "")) if room else line
    kept: list[Piece] = []
    left = max(0, width - 1)
    for text, style in line:
        kept.append((set_cell_size(text, min(left, cell_len(text))), style))
        left -= cell_len(kept[-1][0])
    return (*kept, ("…"[:width], kept[-1][1] if kept else ""))
