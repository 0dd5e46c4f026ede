import pytest

from loadgen.measure.server_statistics import ServerStatistics, Spent


def spent(count, average_us):
    return Spent(count, count * average_us * 1000)


COMPUTED = ServerStatistics(
    inference_count=16,
    execution_count=16,
    success=spent(16, 900),
    queue=spent(16, 100),
    compute_input=spent(16, 20),
    compute_infer=spent(16, 500),
    compute_output=spent(16, 30),
)
HALF_CACHED = ServerStatistics(
    inference_count=16,
    execution_count=8,
    success=spent(16, 900),
    queue=spent(16, 100),
    compute_input=spent(8, 20),
    compute_infer=spent(8, 500),
    compute_output=spent(8, 30),
    cache_hit=spent(8, 11),
    cache_miss=spent(8, 22),
)


@pytest.mark.parametrize(
    ("total", "average_us"),
    [
        pytest.param(Spent(4, 10_000), 2, id="2.5 us is cut to 2"),
        pytest.param(Spent(1, 999), 0, id="less than a microsecond"),
        pytest.param(Spent(), 0, id="never"),
    ],
)
def test_averages_are_whole_microseconds(total, average_us):
    assert total.average_us == average_us


def test_without_a_cache_the_answer_is_computed():
    assert not COMPUTED.response_cache
    assert COMPUTED.compute == COMPUTED.cache_and_compute == spent(16, 550)
    assert COMPUTED.overhead_us == 900 - 100 - 550


def test_with_a_cache_hits_and_misses_share_the_average():
    """Eight hits of 11 us, eight misses of 22 + 550 us: 4664 us in 16 answers."""
    assert HALF_CACHED.response_cache
    assert HALF_CACHED.cache_and_compute.average_us == 291
    assert HALF_CACHED.cache_miss_us == 572
    assert HALF_CACHED.overhead_us == 900 - 100 - 291


def test_steps_are_added_before_they_are_cut_to_microseconds():
    """Three steps of 0.9 us are 2.7 us: cut one by one they would be nothing."""
    steps = ServerStatistics(compute_input=Spent(1, 900), compute_infer=Spent(1, 900), compute_output=Spent(1, 900))

    assert steps.compute.average_us == 2


def test_overhead_is_never_negative():
    assert ServerStatistics(success=spent(1, 10), queue=spent(1, 11)).overhead_us == 0


def test_the_difference_of_two_snapshots_is_what_happened_between_them():
    assert (COMPUTED + HALF_CACHED) - HALF_CACHED == COMPUTED
    difference = COMPUTED - COMPUTED
    assert difference == ServerStatistics()
