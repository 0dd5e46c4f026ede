"""The ranking of a study as plain text."""

from collections.abc import Iterator, Sequence

from loadgen.report.plain_table import plain_table
from loadgen.study.columns import columns, name_of, searched
from loadgen.study.ranking import Ranking, rank
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from loadgen.study.words import ENGLISH


def ranking_text(study: Study, runs: Sequence[Run]) -> str:
    """Return the table of all configurations that have a score, and below it what is to be said of them."""
    ranking = rank(runs, study.objective)
    shown = columns(ranking, study.objective, ENGLISH)
    titles = [[ENGLISH[column.title] for column in shown], [ENGLISH[column.unit] for column in shown]]
    cells = [[column.cell(standing) for column in shown] for standing in ranking.standings]
    return "\n".join([*plain_table(titles, cells, names=[1]), *_notes(study, runs, ranking)])


def _notes(study: Study, runs: Sequence[Run], ranking: Ranking) -> Iterator[str]:
    if study.search is not None:
        yield searched(study, runs, ENGLISH)
    if ranking.ties:
        yield "=1: the noise explains the difference from the best one."
    if ranking.noise.share is not None:
        yield f"Noise: a figure differs by {ranking.noise.share:.1%} from run to run (standard deviation)."
    for run in runs:
        if run.failed:
            yield f"{name_of(run.settings, ENGLISH)} has no place: {run.failed}"
