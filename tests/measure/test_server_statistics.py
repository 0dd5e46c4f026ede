from dataclasses import replace

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


def composed(**parts):
    """Return what was spent on a request that goes through models of 900 us each; of none, through nothing."""
    return ServerStatistics(success=spent(16, 2000), composing={(name, "1"): part for name, part in parts.items()})


def test_the_averages_of_composing_models_are_added():
    nested = composed(one=COMPUTED, two=composed(three=COMPUTED, four=HALF_CACHED))

    assert nested.queue_us == 300
    assert nested.answer_us == 550 + 550 + 291
    assert nested.overhead_us == 2000 - 300 - (550 + 550 + 291)
    assert (nested.cache_hit_us, nested.cache_miss_us) == (11, 550 + 550 + 572)
    assert (nested.response_cache, nested.is_cached) == (True, False)


def test_a_hit_of_the_whole_ensemble_never_comes_to_its_composing_models():
    cached = replace(composed(one=HALF_CACHED), cache_hit=spent(15, 4), cache_miss=spent(1, 19))

    assert (cached.cache_hit_us, cached.cache_miss_us) == (4, 19 + 572)


def test_a_composing_model_that_was_loaded_between_two_snapshots_began_at_nothing():
    assert (composed(one=COMPUTED) - composed()).composing == {("one", "1"): COMPUTED}


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(ServerStatistics(success=spent(20, 900)), id="the model was started anew"),
        pytest.param(composed(one=ServerStatistics(success=spent(17, 1))), id="a composing model was started anew"),
        pytest.param(composed(one=COMPUTED, other=COMPUTED), id="a composing model is gone"),
    ],
)
def test_counters_that_went_back_are_no_difference(before):
    assert (composed(one=COMPUTED) - before).went_back
    assert not (composed(one=COMPUTED) - composed(one=COMPUTED)).went_back


VERSIONS = {("a", "9"): ServerStatistics(), ("a", "10"): ServerStatistics(), ("b", "1"): COMPUTED}


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        pytest.param([], [("a", "10"), ("b", "1")], id="the latest of a model that was not asked"),
        pytest.param([("a", "9")], [("a", "9"), ("b", "1")], id="the version that was asked"),
        pytest.param([("a", "9"), ("a", "10")], list(VERSIONS), id="both versions, if both were asked"),
    ],
)
def test_of_each_composing_model_the_versions_that_were_asked_count(asked, parts):
    statistics = ServerStatistics(composing=VERSIONS | dict.fromkeys(asked, COMPUTED))

    assert list(statistics.parts) == parts
