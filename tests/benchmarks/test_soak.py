import pytest

from benchmarks.soak import Sample, after_requests, each_minute, growth_mib

SAMPLES = [
    Sample(0.0, 0, 40.0),
    Sample(1.0, 12_000, 50.0),
    Sample(59.0, 900_000, 60.0),
    Sample(60.5, 1_100_000, 62.0),
    Sample(61.5, 1_200_000, 63.0),
    Sample(121.0, 2_000_000, 64.0),
    Sample(130.0, 2_100_000, 65.0),
]


def test_growth_is_from_the_first_ten_thousand_requests_to_a_million():
    assert growth_mib(SAMPLES) == 62.0 - 50.0


def test_a_soak_that_was_too_short_for_a_million_counts_up_to_its_end():
    assert growth_mib(SAMPLES[:3]) == 60.0 - 50.0


@pytest.mark.parametrize(("requests", "elapsed_s"), [(0, 0.0), (12_000, 1.0), (12_001, 59.0), (5_000_000, 130.0)])
def test_the_first_sample_with_so_many_requests_else_the_last(requests: int, elapsed_s: float):
    assert after_requests(SAMPLES, requests).elapsed_s == elapsed_s


def test_a_line_is_printed_for_the_start_each_minute_and_the_end():
    assert [sample.elapsed_s for sample in each_minute(SAMPLES)] == [0.0, 60.5, 121.0, 130.0]
