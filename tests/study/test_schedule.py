"""What is measured next."""

import pytest

from loadgen.study.axes import Axis
from loadgen.study.runs import Run
from loadgen.study.schedule import Study, schedule

COUNTS = Axis("instance-count", (8, 4, 2, 1))
DELAYS = Axis("max-queue-delay", (2000, 500, 50, 40))


def played(study, throughput_of, run_of):
    """Return the names of all settings in order, where each of them has the throughput that the function gives."""
    order, names = schedule(study), []
    settings = next(order)
    while True:
        names.append(str(settings))
        measured = run_of(len(names), throughput_of(str(settings)))
        try:
            settings = order.send(Run(len(names), settings, measured.levels))
        except StopIteration:
            return names


def clear(name):
    """Return throughputs that are far apart, and the same each time."""
    return 1000 + 100 * (name.startswith("instance-count 4")) + 50 * name.endswith("max-queue-delay 50")


def test_one_axis_after_the_other_each_from_the_best_so_far(run_of):
    assert played(Study((COUNTS, DELAYS), one_at_a_time=True), clear, run_of) == [
        "original",
        "instance-count 8",
        "instance-count 4",
        "instance-count 2",
        "instance-count 1",
        "original",
        "instance-count 4, max-queue-delay 2000",
        "instance-count 4, max-queue-delay 500",
        "instance-count 4, max-queue-delay 50",
        "instance-count 4, max-queue-delay 40",
        "original",
    ]


def test_the_whole_grid_with_the_original_first_last_and_in_between(run_of):
    names = played(Study((COUNTS, DELAYS)), clear, run_of)
    assert [index for index, name in enumerate(names) if name == "original"] == [0, 5, 10, 15, 20]
    assert len(set(names)) == 17


@pytest.mark.parametrize(
    ("fours", "repeated"),
    [
        pytest.param([190] * 3, ["instance-count 8"], id="one repeat shows how small the noise is"),
        pytest.param([199, 150, 220, 190], ["instance-count 8", "instance-count 4"] * 3, id="all repeats, in turn"),
    ],
)
def test_the_best_two_are_repeated_until_they_are_apart(fours, repeated, run_of):
    figures = {"original": [100, 101, 100], "instance-count 8": [200] * 9, "instance-count 4": fours}
    study = Study((Axis("instance-count", (8, 4)),), repeats=6)
    names = played(study, lambda name: figures[name].pop(0), run_of)
    assert names == ["original", "instance-count 8", "instance-count 4", "original", *repeated, "original"]


@pytest.mark.parametrize("repeats", [0, 3])
def test_repeats_end_when_there_were_enough(repeats, run_of):
    study = Study((Axis("instance-count", (2,)),), repeats=repeats)
    figures = iter([100, 100, 90, 111, 95, 104, 107, 99])
    names = played(study, lambda _name: next(figures), run_of)
    assert len(names) == study.runs + repeats + bool(repeats)


def test_a_configuration_that_fails_is_not_built_upon(run_of):
    study = Study((Axis("instance-count", (8, 4)), Axis("max-batch-size", (1,))), one_at_a_time=True)
    order = schedule(study)
    next(order)
    order.send(run_of(1, 100))
    order.send(run_of(2, None, instance_count=8, failed="no memory"))
    assert str(order.send(run_of(3, 90, instance_count=4))) == "max-batch-size 1"


def test_a_study_where_nothing_has_a_score_comes_to_its_end(run_of):
    study = Study((COUNTS,), one_at_a_time=True)
    assert len(played(study, lambda _name: None, run_of)) == study.runs
