"""A search: fewer configurations than the grid has, the better ones among them."""

from loadgen.study.axes import ORIGINAL, Axis, grid
from loadgen.study.objective import Objective
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from loadgen.study.search import next_settings
from tests.study.test_schedule import played

COUNTS = Axis("instance-count", (1, 2, 3, 4, 6, 8))
DELAYS = Axis("max-queue-delay", (0, 50, 100, 500, 1000, 2000))
THROUGHPUT = Objective()


def throughput(settings):
    """Return what the settings give: the more, the nearer to a count of 4 and a delay of 100 us."""
    values = dict(settings.values)
    return 1000 - 100 * abs(values["instance-count"] - 4) - 0.2 * abs(values.get("max-queue-delay", 0) - 100)


def search(axes, budget, level_of, objective=THROUGHPUT):
    """Return the settings of a whole search, in order."""
    runs = [Run(1, ORIGINAL, (level_of(500),))]
    while len(runs) <= budget:
        settings = next_settings(axes, objective, budget, runs)
        figure = throughput(settings)
        runs.append(Run(len(runs) + 1, settings, (level_of(figure, average_ms=1000 / figure),)))
    return [run.settings for run in runs[1:]]


def test_a_third_of_the_grid_holds_one_of_the_best(level_of):
    axes = (COUNTS, DELAYS)
    settings = search(axes, 12, level_of)
    assert len(set(settings)) == 12
    assert set(settings) <= set(grid(axes))
    assert max(map(throughput, settings)) >= 0.97 * max(map(throughput, grid(axes)))


def test_it_goes_to_where_the_latencies_are_low(level_of):
    settings = search((COUNTS, DELAYS), 18, level_of, Objective("p99"))
    at_random, chosen = settings[:6], settings[6:]
    assert sum(map(throughput, chosen)) / len(chosen) > sum(map(throughput, at_random)) / len(at_random)


def test_it_keeps_away_from_what_fails(level_of, settings):
    runs = []
    for delay in DELAYS.values[:5]:
        runs.append(Run(len(runs) + 1, settings(instance_count=8, max_queue_delay=delay), failed="no memory"))
        fine = settings(instance_count=4, max_queue_delay=delay)
        runs.append(Run(len(runs) + 1, fine, (level_of(throughput(fine)),)))
    assert dict(next_settings((COUNTS, DELAYS), THROUGHPUT, 12, runs).values)["instance-count"] != 8


def test_every_configuration_can_be_reached_and_none_is_measured_twice(level_of):
    axes = (Axis("instance-count", (1, 2)), Axis("dynamic-batching", ("on", "off")), Axis("max-queue-delay", (0, 50)))
    assert set(search(axes, 6, level_of)) == set(grid(axes))


def test_the_same_runs_lead_to_the_same_choice_so_that_it_can_be_resumed(level_of):
    assert search((COUNTS, DELAYS), 8, level_of) == search((COUNTS, DELAYS), 8, level_of)


def test_a_study_measures_no_more_with_the_original_first_last_and_in_between(run_of):
    study = Study((COUNTS, DELAYS), search=5, repeats=0)
    names = played(study, lambda name: 1000 + 10 * len(name), run_of)
    assert [index for index, name in enumerate(names) if name == "original"] == [0, 5, 7]
    assert len(names) == study.runs
    assert len(set(names)) == 6
