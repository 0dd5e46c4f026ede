"""In which order the configurations of a study are measured, and how often. Pure.

The original configuration comes first, after every fourth other one, and last, so that a machine that gets slower or
faster meanwhile shows. In the end the best two are measured again, in turn, until they are apart or there were enough
repeats.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from loadgen.study.axes import ORIGINAL, Axis, Settings, grid
from loadgen.study.objective import Objective
from loadgen.study.ranking import Standing, rank
from loadgen.study.runs import Run

ORIGINAL_AFTER = 4

Schedule = Generator[Settings, Run, None]
"""Yields the settings to be measured next, and is sent the run that came of them."""


@dataclass(frozen=True)
class Study:
    """What to try, and how: the full grid of the axes, or one axis after the other from the best of the one before.

    With `search` only so many configurations of the grid are measured, which Optuna chooses. `repeats` is how many more
    runs there are at most to tell the best two apart. Raises ConfigError as Axis does.
    """

    axes: tuple[Axis, ...]
    one_at_a_time: bool = False
    repeats: int = 6
    objective: Objective = field(default_factory=Objective)
    search: int | None = None

    @property
    def combinations(self) -> int:
        """How many configurations the grid has."""
        return len(grid(self.axes))

    @property
    def configurations(self) -> int:
        """How many configurations there are besides the original one."""
        if self.one_at_a_time:
            return sum(len(axis.values) for axis in self.axes)
        return self.combinations if self.search is None else self.search

    @property
    def runs(self) -> int:
        """How many runs there are without repeats: one for each configuration, and those of the original one."""
        return self.configurations + 1 + -(-self.configurations // ORIGINAL_AFTER)


def schedule(study: Study) -> Schedule:
    """Yield the settings of each run, given the runs before it; the same runs lead to the same settings."""
    runs = [(yield ORIGINAL)]
    for tried, settings in enumerate(_candidates(study, runs), start=1):
        runs.append((yield settings))
        if tried % ORIGINAL_AFTER == 0:
            runs.append((yield ORIGINAL))
    if runs[-1].settings:
        runs.append((yield ORIGINAL))
    explored = len(runs)
    for _ in range(study.repeats):
        unclear = _best_two(study, runs)
        if not unclear:
            break
        fewest = min(unclear, key=lambda standing: len(standing.scores))
        runs.append((yield fewest.settings))
    if len(runs) > explored:
        yield ORIGINAL


def _candidates(study: Study, runs: Sequence[Run]) -> Iterator[Settings]:
    """Return the configurations to be measured, each chosen from the `runs` before it, which grow meanwhile."""
    if study.one_at_a_time:
        return _axis_by_axis(study, runs)
    return iter(grid(study.axes)) if study.search is None else _searched(study, study.search, runs)


def _axis_by_axis(study: Study, runs: Sequence[Run]) -> Iterator[Settings]:
    """Yield the values of each axis, the others being those of the best so far."""
    for axis in study.axes:
        best = rank(runs, study.objective).standings
        settings = best[0].settings if best else ORIGINAL
        yield from (settings.having(axis.name, value) for value in axis.values)


def _searched(study: Study, budget: int, runs: Sequence[Run]) -> Iterator[Settings]:
    from loadgen.study.search import next_settings  # noqa: PLC0415 - Optuna is an extra, which no other study needs

    for _ in range(budget):
        yield next_settings(study.axes, study.objective, budget, runs)


def _best_two(study: Study, runs: Sequence[Run]) -> Sequence[Standing]:
    """Return the best two as long as they are not apart, else nothing."""
    ranking = rank(runs, study.objective)
    best = ranking.standings[:2]
    return best if len(best) == 2 and not ranking.noise.are_apart(*best) else ()
