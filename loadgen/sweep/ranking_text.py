"""The ranking of a study as plain text."""

from collections.abc import Iterator, Sequence

from loadgen.sweep.columns import columns, name_of
from loadgen.sweep.objective import Objective
from loadgen.sweep.ranking import Ranking, rank
from loadgen.sweep.runs import Run
from loadgen.sweep.words import ENGLISH


def ranking_text(runs: Sequence[Run], objective: Objective) -> str:
    """Return the table of all configurations that have a score, and below it what is to be said of them."""
    ranking = rank(runs, objective)
    shown = columns(ranking, objective, ENGLISH)
    titles = [[ENGLISH[column.title] for column in shown], [ENGLISH[column.unit] for column in shown]]
    cells = [[column.cell(standing) for column in shown] for standing in ranking.standings]
    widths = [max(map(len, column)) for column in zip(*titles, *cells, strict=True)]
    lines = [_line(row, widths) for row in titles]
    lines.append("-" * len(lines[0]))
    lines += [_line(row, widths) for row in cells]
    return "\n".join([*lines, *_notes(runs, ranking)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return the cells in columns, words on the left and figures on the right."""
    place, name, *figures = zip(cells, widths, strict=True)
    return "  ".join(
        [place[0].rjust(place[1]), name[0].ljust(name[1]), *(cell.rjust(width) for cell, width in figures)]
    )


def _notes(runs: Sequence[Run], ranking: Ranking) -> Iterator[str]:
    if ranking.ties:
        yield "=1: the noise explains the difference from the best one."
    if ranking.noise.share is not None:
        yield f"Noise: a figure differs by {ranking.noise.share:.1%} from run to run (standard deviation)."
    for run in runs:
        if run.failed:
            yield f"{name_of(run.settings, ENGLISH)} has no place: {run.failed}"
