"""Which configuration is the best, and which ones cannot be told from it. Pure.

The score of a run is the figure of its best level. Scores of one configuration differ from run to run, because the
server was loaded anew and the machine did other things; that noise is taken to be a share of the score, and the same
share for all configurations. So logarithms are compared, with the variance pooled over all configurations that were
measured more than once, and two configurations are *apart* when the means of their logarithms differ by more than

    t * s * sqrt(1/n + 1/m)

with Student's t for 95 % and the degrees of freedom of the pooled variance s^2: Fisher's least significant difference
(Montgomery, Design and Analysis of Experiments, section 3.5.7). Whoever is not apart from the best is tied with it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from loadgen.measure.confidence import student_t
from loadgen.measure.results import LevelResult
from loadgen.study.axes import Settings
from loadgen.study.objective import Objective
from loadgen.study.runs import Run


@dataclass(frozen=True)
class Standing:
    """One configuration with all its runs that have a score, at least one.

    `level` is the best level of the run whose score is nearest to their mean: the one to be shown for all.
    """

    settings: Settings
    scores: tuple[float, ...]
    level: LevelResult
    run: Run

    @property
    def score(self) -> float:
        """The mean score: the geometric one, as logarithms are compared."""
        return math.exp(fmean(map(math.log, self.scores)))


@dataclass(frozen=True)
class Noise:
    """How much the score of one configuration differs from run to run.

    `share` is the standard deviation as a share of the score; None while nothing was measured twice.
    """

    share: float | None
    degrees_of_freedom: int

    def difference(self, one: Standing, other: Standing) -> float:
        """Return the least ratio of two scores that counts as a difference; infinite while the noise is not known."""
        if self.share is None:
            return math.inf
        error = self.share * math.sqrt(1 / len(one.scores) + 1 / len(other.scores))
        return math.exp(student_t(self.degrees_of_freedom) * error)

    def are_apart(self, one: Standing, other: Standing) -> bool:
        """Return whether two configurations differ by more than the noise explains."""
        ratio = max(one.score, other.score) / min(one.score, other.score)
        return ratio > self.difference(one, other)


@dataclass(frozen=True)
class Ranking:
    """The configurations that have a score, the best first, and the noise of the scores."""

    standings: tuple[Standing, ...]
    noise: Noise

    @property
    def ties(self) -> tuple[Standing, ...]:
        """Those that cannot be told from the best one, without it."""
        return tuple(other for other in self.standings[1:] if not self.noise.are_apart(self.standings[0], other))

    def of(self, settings: Settings) -> Standing | None:
        """Return where a configuration stands, None when it has no score."""
        return next((standing for standing in self.standings if standing.settings == settings), None)

    def place(self, standing: Standing) -> str:
        """Return the place of a configuration, `=1` for the best ones when they cannot be told apart."""
        ties = self.ties
        if ties and standing in (self.standings[0], *ties):
            return "=1"
        return str(self.standings.index(standing) + 1)


def rank(runs: Iterable[Run], objective: Objective) -> Ranking:
    """Return the ranking of the runs that did not fail; one that was broken off counts as far as it went."""
    by_settings: dict[Settings, list[tuple[float, LevelResult, Run]]] = {}
    for run in runs:
        level = objective.best(run.levels) if run.is_measured else None
        if level is not None:
            by_settings.setdefault(run.settings, []).append((objective.value(level), level, run))
    standings = [_standing(settings, scored) for settings, scored in by_settings.items()]
    standings.sort(key=lambda standing: standing.score, reverse=objective.is_maximum)
    return Ranking(tuple(standings), _noise(standings))


def _standing(settings: Settings, scored: Sequence[tuple[float, LevelResult, Run]]) -> Standing:
    scores = tuple(score for score, _, _ in scored)
    mean = fmean(map(math.log, scores))
    _, level, run = min(scored, key=lambda one: abs(math.log(one[0]) - mean))
    return Standing(settings, scores, level, run)


def _noise(standings: Sequence[Standing]) -> Noise:
    squares, freedom = 0.0, 0
    for standing in standings:
        logarithms = [math.log(score) for score in standing.scores]
        squares += sum((value - fmean(logarithms)) ** 2 for value in logarithms)
        freedom += len(logarithms) - 1
    return Noise(math.sqrt(squares / freedom) if freedom else None, freedom)
