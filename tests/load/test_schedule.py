"""Schedules: when they send, how often, and how random that is."""

from itertools import islice

import numpy as np
import pytest

from loadgen.load.modes import RequestIntervals, RequestRate
from loadgen.load.schedule import Schedule, constant, from_intervals, poisson, schedule_of


def first(schedule: Schedule, count: int, start_ns: int = 0) -> list[int]:
    return list(islice(schedule.instants_ns(start_ns), count))


def test_constant_instants_are_one_period_apart_and_begin_one_after_the_start():
    assert first(constant(200), 3, start_ns=7) == [5_000_007, 10_000_007, 15_000_007]


@pytest.mark.parametrize("per_second", [0.3, 3, 7.7, 3000, 123_456.7])
def test_a_constant_rate_is_kept_for_ever(per_second: float):
    instants = first(constant(per_second), 100_000)

    assert instants[-1] == pytest.approx(100_000 * 1e9 / per_second, rel=1e-7)
    assert set(np.diff(instants)) <= {int(1e9 / per_second) + more for more in (-1, 0, 1, 2)}


def test_the_gaps_of_poisson_are_exponential():
    gaps = np.sort(np.diff(first(poisson(1000, seed=3), 100_000))) / 1e6
    count = len(gaps)

    assert gaps.mean() == pytest.approx(1, abs=3 / np.sqrt(count))
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.02)
    # The distance of Kolmogorov and Smirnov, which for so many is above this once in a hundred seeds.
    distance = np.abs(1 - np.exp(-gaps) - np.arange(1, count + 1) / count).max()
    assert distance < 1.63 / np.sqrt(count)


def test_a_seed_has_one_schedule_for_each_rate():
    one, again, other_seed, other_rate = (first(poisson(*of), 50) for of in ((500, 1), (500, 1), (500, 2), (1000, 1)))

    assert one == again
    assert one != other_seed
    assert one != [2 * instant for instant in other_rate], "the same gaps, scaled"


def test_random_gaps_come_again_after_many():
    schedule = poisson(5000, seed=0)
    instants = first(schedule, len(schedule.offsets_ns) + 2)

    assert instants[-2] - schedule.length_ns == instants[0]
    assert instants[-1] - instants[-2] == instants[1] - instants[0]


def test_intervals_are_gaps_the_first_before_the_first_request():
    assert first(from_intervals([5, 0, 10]), 7) == [5, 5, 15, 20, 20, 30, 35]


@pytest.mark.parametrize(
    ("load", "instants"),
    [
        (RequestRate(1e6), [1000, 2000, 3000]),
        (RequestRate(1e6, arrivals="poisson", seed=5), first(poisson(1e6, 5), 3)),
        (RequestIntervals((10, 30)), [10, 40, 50]),
    ],
    ids=["constant", "poisson", "intervals"],
)
def test_a_load_has_the_schedule_it_asks_for(load, instants):
    assert first(schedule_of(load), 3) == instants
