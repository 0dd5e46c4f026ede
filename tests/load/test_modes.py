"""Load modes: values that cannot be wrong."""

import pytest

from loadgen.errors import ConfigError
from loadgen.load.modes import Concurrency, FixedSchedule, PeriodicConcurrency, RequestIntervals, RequestRate


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Concurrency(0), "Concurrency(0): at least one request has to be in flight"),
        (lambda: Concurrency(1, max_per_second=0), "max_per_second=0: requests per second have to be above 0"),
        *(
            (make, "PeriodicConcurrency: start, step and period have to be at least 1")
            for make in (
                lambda: PeriodicConcurrency(0, 4),
                lambda: PeriodicConcurrency(1, 4, step=0),
                lambda: PeriodicConcurrency(1, 4, period=0),
            )
        ),
        *(
            (make, "PeriodicConcurrency: the end has to be the start, or whole steps above it")
            for make in (lambda: PeriodicConcurrency(4, 3), lambda: PeriodicConcurrency(1, 4, step=2))
        ),
        (lambda: RequestRate(0), "RequestRate(0): requests per second have to be above 0"),
        (lambda: RequestRate(float("nan")), "RequestRate(nan): requests per second have to be above 0"),
        (lambda: RequestRate(1, arrivals="even"), "RequestRate(arrivals='even'): constant or poisson"),
        (lambda: RequestRate(1, seed=-1), "RequestRate(seed=-1): at least 0"),
        (lambda: RequestRate(1, max_in_flight=0), "max_in_flight=0: at least one request has to be let in flight"),
        (lambda: RequestIntervals(()), "RequestIntervals: give intervals of at least 0 ns, and one above it"),
        (lambda: RequestIntervals((0, 0)), "RequestIntervals: give intervals of at least 0 ns, and one above it"),
        (lambda: RequestIntervals((5, -1)), "RequestIntervals: give intervals of at least 0 ns, and one above it"),
    ],
)
def test_a_load_that_makes_no_sense_is_refused(make, sentence):
    with pytest.raises(ConfigError) as caught:
        make()

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("load", "words", "value"),
    [
        (Concurrency(4), "Concurrency 4", 4),
        (PeriodicConcurrency(2, 6, step=2, period=5), "Periodic concurrency 2:6:2, period 5", 6),
        (FixedSchedule((0, 5, 9)), "Fixed schedule of 3 requests", 1.0),
        (RequestRate(12.5), "Request Rate 12.5", 12.5),
        # As perf_analyzer has it: three requests in 35 ms are 85.7, cut off.
        (RequestIntervals((5_000_000, 10_000_000, 20_000_000)), "Request intervals", 85.0),
    ],
)
def test_a_load_has_a_name_and_a_number(load, words, value):
    assert (str(load), load.value) == (words, value)
