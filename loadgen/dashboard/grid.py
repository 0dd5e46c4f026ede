"""Sections with a title, side by side and one above the other, that share their borders."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadgen.dashboard.colours import QUIET
from loadgen.dashboard.line import Line, fitted

_JOINTS = {(False, False): "─", (False, True): "┬", (True, False): "┴", (True, True): "┼"}
"""What is in the middle of a border, by whether two sections are side by side above and below it."""


@dataclass(frozen=True)
class Section:
    """A title on the border at the left, a figure on it at the right, and lines below; what is too long is cut off."""

    title: str
    lines: Sequence[Line]
    figure: str = ""
    style: str = ""


@dataclass(frozen=True)
class Row:
    """One section, or two side by side, with so many lines inside."""

    height: int
    sections: Sequence[Section]


def grid(rows: Sequence[Row], width: int, *, footnote: str = "") -> list[Line]:
    """Return the lines of rows one below the other, with a border around them, `width` characters wide.

    The footnote stands on the border at the bottom right.
    """
    lines = []
    is_split = False
    for index, row in enumerate(rows):
        ends = "╭╮" if index == 0 else "├┤"
        lines.append(_border(row, width, ends, _JOINTS[is_split, len(row.sections) > 1]))
        lines += [_inside(row, width, number) for number in range(row.height)]
        is_split = len(row.sections) > 1
    lines.append(_border(Row(0, [Section("", (), footnote, QUIET)]), width, "╰╯", _JOINTS[is_split, False]))
    return lines


def inner_width(sections: int, width: int) -> int:
    """Return how many characters there are inside the narrowest of so many sections, less a blank on either side."""
    return max(1, _widths(sections, width)[0] - 2)


def _widths(sections: int, width: int) -> list[int]:
    """Return how wide sections are between their borders."""
    inside = width - 1 - sections
    return [inside] if sections == 1 else [inside // 2, inside - inside // 2]


def _border(row: Row, width: int, ends: str, joint: str) -> Line:
    first, *others = (
        _titled(section, wide) for section, wide in zip(row.sections, _widths(len(row.sections), width), strict=True)
    )
    line = [(ends[0], QUIET), *(first if others else _jointed(first, _widths(2, width)[0], joint))]
    for other in others:
        line += [(joint, QUIET), *other]
    return (*line, (ends[1], QUIET))


def _titled(section: Section, width: int) -> Line:
    """Return the border above a section. The figure goes first when there is no room for both."""
    title, figure = (f" {words} " if words else "" for words in (section.title, section.figure))
    if len(title) + len(figure) + 1 > width:
        figure = ""
    rule = "─" * (width - len(title) - len(figure) - 1)
    return fitted(((title, "bold"), (rule, QUIET), (figure, f"bold {section.style}".strip()), ("─", QUIET)), width)


def _jointed(line: Line, at: int, joint: str) -> Line:
    """Return a border with a joint in its rule, unless there are words at this place."""
    pieces, start = [], 0
    for text, style in line:
        index = at - start
        is_here = 0 <= index < len(text) and text[index] == "─"
        pieces.append((f"{text[:index]}{joint}{text[index + 1 :]}" if is_here else text, style))
        start += len(text)
    return tuple(pieces)


def _inside(row: Row, width: int, number: int) -> Line:
    """Return the line of this number of all sections of a row."""
    line: Line = (("│", QUIET),)
    for section, wide in zip(row.sections, _widths(len(row.sections), width), strict=True):
        inner = section.lines[number] if number < len(section.lines) else ()
        line += ((" ", ""), *fitted(inner, wide - 2), (" ", ""), ("│", QUIET))
    return line
