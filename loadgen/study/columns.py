"""The table that compares the configurations of a study: title and cell stand on one line, so they cannot part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadgen.report.columns import Cell
from loadgen.report.columns import columns as level_columns
from loadgen.study.axes import ORIGINAL, Settings
from loadgen.study.objective import Objective
from loadgen.study.ranking import Ranking, Standing
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from loadgen.study.words import Words


@dataclass(frozen=True)
class Column:
    """One figure of a configuration; title and unit are keys of the words, the unit may be empty."""

    title: str
    unit: str
    cell: Callable[[Standing], str]


def columns(ranking: Ranking, objective: Objective, words: Words) -> tuple[Column, ...]:
    """Return the columns from left to right; those from the concurrency on tell of the best level of one run."""
    figures = {column.key: column.value for column in level_columns()}

    def of_level(key: str) -> Callable[[Standing], str]:
        return lambda standing: number(figures[key](standing.level), words)

    original = ranking.of(ORIGINAL)
    return (
        Column("place", "", ranking.place),
        Column("configuration", "", lambda one: name_of(one.settings, words)),
        Column(f"mean_{objective.figure}", objective.unit, lambda one: number(objective.in_unit(one.score), words)),
        Column("of_original", "%", lambda one: "" if original is None else change(original.score, one.score, words)),
        Column("runs", "", lambda one: str(len(one.scores))),
        Column("concurrency", "", lambda one: str(one.level.load.value)),
        Column("throughput", "infer/s", of_level("throughput")),
        Column("average", "us", of_level("average_us")),
        Column("p99", "us", of_level("p99_us")),
        Column("queue", "us", of_level("server_queue_us")),
        Column("compute", "us", of_level("server_compute_us")),
        Column("stable", "", lambda one: words["yes" if one.level.verdict.stable else "no"]),
    )


def name_of(settings: Settings, words: Words) -> str:
    """Return what a configuration is called."""
    return str(settings) if settings else words["original"]


def searched(study: Study, runs: Sequence[Run], words: Words) -> str:
    """Return how much of the grid a search has measured."""
    tried = {run.settings for run in runs if run.settings}
    return words["searched"].format(count=len(tried), combinations=study.combinations)


def number(value: Cell, words: Words) -> str:
    """Return a figure with at least three digits, `-` where it is not known."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    digits = 0 if isinstance(value, int) or value >= 1000 else 1 if value >= 100 else 3
    return f"{value:.{digits}f}".replace(".", words["decimal"])


def change(before: float, after: float, words: Words) -> str:
    """Return by how many percent a figure changed, with its sign."""
    return f"{100 * (after / before - 1):+.1f}".replace(".", words["decimal"]).replace("-", "\N{MINUS SIGN}")
