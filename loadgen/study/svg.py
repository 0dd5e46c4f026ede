"""Plots as SVG: lines through points, and stacked bars. Pure; the figures are in the units of the axes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 920
_HEIGHT = 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 30, 16, 52
_BAR_STEP = 44
_LEGEND_STEP = 20
_SHORT_NAME = 55
"""letters, of which two fit side by side"""

# Okabe and Ito, Color Universal Design (2008), told apart also by those who see few colours; and three more.
_COLOURS = ["#000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c564b", "#9467bd"]

_STYLE = (
    "text{font:12px system-ui,'DejaVu Sans',sans-serif;fill:#222}"
    ".grid{stroke:#ddd;stroke-width:1}.axis{stroke:#666;stroke-width:1}"
)

Format = Callable[[float], str]


@dataclass(frozen=True)
class Series:
    """A line through `points`, (x, y) each, in their order."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Bar:
    """A bar of parts, one after the other, with their total behind it."""

    name: str
    parts: tuple[float, ...]


def lines(series: Sequence[Series], *, x_title: str, y_title: str, written: Format) -> str:
    """Return a plot of lines; both axes begin at 0, so that a small difference looks small.

    Where x counts something, its axis has whole numbers only.
    """
    across = [x for one in series for x, _ in one.points]
    x_ticks = ticks(max(across, default=1), whole=all(x == int(x) for x in across))
    y_ticks = ticks(max((y for one in series for _, y in one.points), default=1))
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    x_at = _scale(x_ticks[-1], _LEFT, right)
    y_at = _scale(y_ticks[-1], bottom, _TOP)
    parts = [_grid_line(_LEFT, y_at(y), right, y_at(y)) for y in y_ticks]
    parts += [_text(_LEFT - 8, y_at(y) + 4, written(y), anchor="end") for y in y_ticks]
    parts += [_grid_line(x_at(x), bottom, x_at(x), bottom + 5) for x in x_ticks]
    parts += [_text(x_at(x), bottom + 20, written(x), anchor="middle") for x in x_ticks]
    parts.append(f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>')
    parts.append(_text((_LEFT + right) / 2, _HEIGHT - 10, x_title, anchor="middle"))
    middle = (_TOP + bottom) / 2
    parts.append(_text(18, middle, y_title, anchor="middle", turned=True))
    for index, one in enumerate(series):
        parts.append(_line([(x_at(x), y_at(y)) for x, y in one.points], index))
    legend, height = _legend([one.name for one in series], _HEIGHT + 12)
    return _svg([*parts, *legend], height)


def bars(stacks: Sequence[Bar], part_names: Sequence[str], *, title: str, written: Format) -> str:
    """Return horizontal bars, one below the other, and the names of their parts above them."""
    marks = ticks(max((sum(bar.parts) for bar in stacks), default=1))
    top, left, right = 44, 20, _WIDTH - 90
    bottom = top + len(stacks) * _BAR_STEP
    x_at = _scale(marks[-1], left, right)
    parts = [_grid_line(x_at(x), top - 4, x_at(x), bottom) for x in marks]
    parts += [_text(x_at(x), bottom + 16, written(x), anchor="middle") for x in marks]
    parts.append(_text((left + right) / 2, bottom + 38, title, anchor="middle"))
    for index, name in enumerate(part_names):
        parts.append(_swatch(left + index * 145, 12, name, index + 1))
    for row, bar in enumerate(stacks):
        parts += _bar(bar, top + row * _BAR_STEP, x_at, written)
    return _svg(parts, bottom + 46)


def ticks(highest: float, *, whole: bool = False) -> list[float]:
    """Return round numbers from 0 to the first one that is not below the highest value.

    There are four to eight steps; fewer where only `whole` numbers will do.
    """
    if highest <= 0:
        return [0.0, 1.0]
    magnitude = 10.0 ** math.floor(math.log10(highest / 5))
    steps = (factor * magnitude for factor in (1, 2, 2.5, 5, 10))
    step = next(step for step in steps if highest / step <= 8 and not (whole and step % 1))
    return [round(index * step, 9) for index in range(math.ceil(round(highest / step, 9)) + 1)]


def _scale(highest: float, low_px: float, high_px: float) -> Callable[[float], float]:
    return lambda value: round(low_px + value / highest * (high_px - low_px), 1)


def _line(points: Sequence[tuple[float, float]], index: int) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    circles = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="3.2"/>' for x, y in points)
    stroke = f'stroke="{_colour(index)}" stroke-width="{2.6 if index == 0 else 1.8}"'
    dashes = "" if index < len(_COLOURS) else ' stroke-dasharray="6 4"'
    return f'<polyline fill="none" {stroke}{dashes} points="{path}"/><g fill="{_colour(index)}">{circles}</g>'


def _legend(names: Sequence[str], top: float) -> tuple[list[str], float]:
    """Return the names with their lines, in two columns if they are short, and where the legend ends."""
    columns = 2 if all(len(name) <= _SHORT_NAME for name in names) else 1
    parts = []
    for index, name in enumerate(names):
        x = _LEFT + index % columns * (_WIDTH - _LEFT) / columns
        y = top + index // columns * _LEGEND_STEP
        parts.append(_line([(x, y - 4), (x + 22, y - 4)], index) + _text(x + 32, y, name))
    return parts, top + -(-len(names) // columns) * _LEGEND_STEP


def _swatch(x: float, y: float, name: str, index: int) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="12" height="12" fill="{_colour(index)}"/>{_text(x + 18, y + 10, name)}'


def _bar(bar: Bar, y: float, x_at: Callable[[float], float], written: Format) -> list[str]:
    parts, begin = [_text(x_at(0), y + 12, bar.name)], 0.0
    for index, part in enumerate(bar.parts, start=1):
        x, width = x_at(begin), x_at(begin + part) - x_at(begin)
        parts.append(f'<rect x="{x:g}" y="{y + 18:g}" width="{width:.1f}" height="18" fill="{_colour(index)}"/>')
        begin += part
    return [*parts, _text(x_at(begin) + 6, y + 32, written(begin))]


def _colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def _grid_line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{turn}>{escape(text)}</text>'


def _svg(parts: Sequence[str], height: float) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" role="img">'
    return f'{head}<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>'
