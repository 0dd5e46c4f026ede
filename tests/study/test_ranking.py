"""Who is best, and who cannot be told from the best."""

import math

import pytest

from loadgen.errors import ConfigError
from loadgen.study.axes import ORIGINAL
from loadgen.study.objective import Objective
from loadgen.study.ranking import rank
from loadgen.study.runs import Run

THROUGHPUT = Objective()


def test_means_are_geometric_and_the_noise_is_pooled(runs_of):
    ranking = rank(runs_of((100, {}), (200, {"a": 1}), (121, {}), (242, {"a": 1}), (150, {"a": 2})), THROUGHPUT)
    assert [str(standing.settings) for standing in ranking.standings] == ["a 1", "a 2", "original"]
    assert ranking.standings[2].score == pytest.approx(110)
    # Each pair deviates from its mean by the logarithm of 1.1, twice; two pairs have two degrees of freedom.
    assert ranking.noise.share == pytest.approx(math.log(1.1) * math.sqrt(2))
    assert ranking.noise.degrees_of_freedom == 2


def test_the_least_difference_is_that_of_fisher(runs_of):
    ranking = rank(runs_of((100, {}), (101, {}), (102, {}), (120, {"a": 1}), (104, {"a": 2})), THROUGHPUT)
    best, second, original = ranking.standings
    expected = math.exp(4.303 * ranking.noise.share * math.sqrt(1 + 1 / 3))  # Student's t with 2 degrees of freedom
    assert ranking.noise.difference(best, original) == pytest.approx(expected)
    assert ranking.noise.are_apart(best, original)
    assert not ranking.noise.are_apart(second, original)
    assert ranking.ties == ()
    assert [ranking.place(standing) for standing in ranking.standings] == ["1", "2", "3"]


def test_who_is_not_apart_from_the_best_shares_its_place(runs_of):
    runs = runs_of((100, {}), (102, {}), (98, {}), (400, {"a": 2}), (390, {"a": 3}))
    ranking = rank(runs, THROUGHPUT)
    assert [ranking.place(standing) for standing in ranking.standings] == ["=1", "=1", "3"]


def test_while_the_noise_is_not_known_nobody_is_apart(runs_of):
    ranking = rank(runs_of((100, {}), (1000, {"a": 1})), THROUGHPUT)
    assert ranking.noise.share is None
    assert [str(standing.settings) for standing in ranking.ties] == ["original"]


def test_failed_runs_and_such_without_figures_have_no_place(run_of):
    runs = [run_of(1, 100), run_of(2, 900, a=1, failed="all requests failed"), run_of(3, None, a=2)]
    assert [str(standing.settings) for standing in rank(runs, THROUGHPUT).standings] == ["original"]


def test_the_score_is_that_of_the_best_stable_level(level_of):
    levels = (level_of(100, 1), level_of(150, 2), level_of(900, 4, reason="spread 1.5 > 1.1"))
    (standing,) = rank([Run(1, ORIGINAL, levels)], THROUGHPUT).standings
    assert (standing.score, standing.level.load.value) == (pytest.approx(150), 2)


def test_without_a_stable_level_all_count(level_of):
    levels = (level_of(100, 1, reason="moved"), level_of(150, 2, reason="moved"))
    assert THROUGHPUT.best(levels) is levels[1]


def test_the_lowest_latency_may_be_best(level_of):
    levels = (level_of(100, 1, average_ms=2), level_of(150, 2, average_ms=1), level_of(160, 3, average_ms=3))
    for figure in ("average", "p50", "p99"):
        assert Objective(figure).best(levels) is levels[1]
    runs = [Run(1, ORIGINAL, levels[:1]), Run(2, ORIGINAL.having("a", 1), levels[1:])]
    ranking = rank(runs, Objective("p99"))
    assert [str(standing.settings) for standing in ranking.standings] == ["a 1", "original"]


def test_another_figure_is_refused():
    with pytest.raises(ConfigError, match=r"^p98: give throughput"):
        Objective("p98")


def test_an_objective_may_be_given_limits_one_after_the_other():
    objective = Objective("p99").subject_to("throughput>500").subject_to("errors<1%", "avg<2ms")

    assert (objective.figure, [str(limit) for limit in objective.limits]) == (
        "p99",
        ["throughput>500", "errors<1%", "avg<2ms"],
    )
    with pytest.raises(ConfigError, match="p98"):
        Objective().subject_to("p98")
