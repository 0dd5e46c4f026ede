"""Numbers as pictures of characters."""

from collections.abc import Sequence
from functools import lru_cache

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BLANK_BRAILLE = 0x2800
_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""The four dots of a column of a braille character, from below; first the left column, then the right one."""


def bar(share: float, width: int) -> str:
    """Return a horizontal bar over a share of `width` characters; whatever is not nothing can be seen."""
    eighths = min(8 * width, max(round(share * 8 * width), 1 if share > 0 else 0))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + _EIGHTHS[rest].strip()


@lru_cache(maxsize=4)  # a curve changes twice a second, and is drawn more often
def area(values: tuple[float, ...], top: float, height: int) -> tuple[str, ...]:
    """Return a filled curve of `height` lines, two values to a character. `top` is the value at its upper edge."""
    dots = [_dots(value, top, 4 * height) for value in values]
    pairs = list(zip(dots[::2], [*dots[1::2], 0], strict=False))
    return tuple(
        "".join(_braille(left - below, right - below) for left, right in pairs)
        for below in range(4 * (height - 1), -1, -4)
    )


def _dots(value: float, top: float, most: int) -> int:
    """Return how many dots high a value is; whatever is not nothing can be seen."""
    return min(most, max(round(value / top * most), 1)) if value > 0 and top > 0 else 0


def _braille(left: int, right: int) -> str:
    """Return the character whose two columns are so many dots high, or full, or empty."""
    lit = sum(_DOTS[0][: max(0, left)]) + sum(_DOTS[1][: max(0, right)])
    return chr(_BLANK_BRAILLE + lit) if lit else " "  # a blank of braille has traces of dots in some fonts


def stacked(parts: Sequence[float], width: int) -> list[int]:
    """Return how many of `width` characters each part of a whole gets; they add up to `width` unless all are 0."""
    whole, ends, done = sum(parts), [], 0.0
    for part in parts:
        done += part
        ends.append(round(done / whole * width) if whole else 0)
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def grouped(rows: Sequence[tuple[int, int]], wanted: int) -> list[tuple[int, int]]:
    """Return (lower bound, count) of at most `wanted` neighbours taken together, each of as many of `rows`."""
    size = -(-len(rows) // wanted)
    starts = range(0, len(rows), size) if size else ()
    return [(rows[start][0], sum(count for _, count in rows[start : start + size])) for start in starts]
