"""The levels that are finished, as a table that grows."""

from collections.abc import Sequence

from loadgen.dashboard.colours import GOOD, QUIET, THROUGHPUT, WARNING
from loadgen.dashboard.figures import rate
from loadgen.dashboard.grid import Section
from loadgen.dashboard.line import Line
from loadgen.dashboard.snapshot import Snapshot
from loadgen.measure.results import LevelResult
from loadgen.report.columns import Cell, columns
from loadgen.report.table import DISPENSABLE, best, written

_GAP = "  "
_STABLE = "stable"


def levels(snapshot: Snapshot, width: int, height: int) -> Section:
    """Return the last levels that fit, in the columns that fit, in the units of the table at the end."""
    shown = snapshot.levels[1 - height :] if height > 1 else ()
    title = f"Levels ({len(snapshot.levels)} finished, times in us)"
    if not shown:
        return Section(title, [(("none is finished yet", QUIET),)])
    best_one = best(snapshot.levels)
    header, *rows = zip(*_columns(snapshot, shown, width - len(_GAP + _STABLE)), strict=True)
    lines: list[Line] = [((_GAP.join([*header, _STABLE]), QUIET),)]
    for level, cells in zip(shown, rows, strict=True):
        stable = (f"{_GAP}yes", GOOD) if level.verdict.stable else (f"{_GAP}no", WARNING)
        lines.append(((_GAP.join(cells), "bold" if level is best_one else ""), stable))
    figure = f"best {rate(best_one.summary.throughput)} infer/s at {best_one.load.value}" if best_one else ""
    return Section(title, lines, figure, THROUGHPUT)


def _columns(snapshot: Snapshot, shown: Sequence[LevelResult], width: int) -> list[list[str]]:
    """Return the cells of each column below its title: without columns that tell nothing, and those that do not fit."""
    percentile = snapshot.heading.windows.percentile
    cells = {}
    for column in columns(percentile):
        values = [column.value(level) for level in shown]
        is_told = any(values) if column.rare else any(value is not None for value in values)
        if column.key not in ("model", "stable") and is_told:
            cells[column.key] = _cells(column.short or column.title, values)
    for key in DISPENSABLE:
        if sum(len(_GAP + column[0]) for column in cells.values()) - len(_GAP) <= width:
            break
        if key != f"p{percentile}_us":
            cells.pop(key, None)
    return list(cells.values())


def _cells(title: str, values: Sequence[Cell]) -> list[str]:
    """Return a title and what is below it, all of one width."""
    texts = [title, *map(written, values)]
    width = max(map(len, texts))
    return [text.rjust(width) for text in texts]
