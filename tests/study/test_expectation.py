from loadgen.measure.windows import Windows
from loadgen.study.axes import Axis
from loadgen.study.expectation import expectation
from loadgen.study.schedule import Study

STUDY = Study((Axis("instance-count", (8, 4, 2, 1)), Axis("max-queue-delay", (1, 2, 3, 4))), one_at_a_time=True)


def test_the_study_of_the_readme():
    assert expectation(STUDY, 8, Windows(length_s=0.6)) == (
        "8 configurations and 3 times the original one, at 8 levels each: 88 measurements, which takes 3.2 to 9.4 min;"
        " then at most 6 more runs to tell the best two apart"
    )


def test_of_a_search_its_budget_is_told():
    study = Study((Axis("instance-count", (8, 4, 2, 1)), Axis("max-queue-delay", (1, 2, 3, 4))), search=6)
    told = expectation(study, 8, Windows(length_s=0.6))
    assert told.startswith("6 of 16 configurations and 3 times the original one, at 8 levels each: 72 measurements,")


def test_nobody_knows_how_long_count_windows_last():
    assert "88 measurements; then" in expectation(STUDY, 8, Windows(request_count=100))
