import statistics
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.measure.failures import FailureCount
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.summary import percentile_rank, summarize
from loadgen.units import ms
from tests.measure.decoupled import responses

LATENCIES_MS = st.lists(st.integers(min_value=1, max_value=20_000), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("count", "length_s", "batch_size", "throughput"),
    [
        pytest.param(10, 2.0, 1, 5.0, id="ten requests in two seconds"),
        pytest.param(10, 2.0, 8, 40.0, id="a request of eight counts as eight inferences"),
        pytest.param(1, 4.0, 1, 0.25, id="less than one a second"),
        pytest.param(0, 2.0, 1, 0.0, id="no request"),
    ],
)
def test_throughput_counts_inferences_per_second(window, count, length_s, batch_size, throughput):
    summary = summarize([window([1] * count, length_s=length_s, batch_size=batch_size)])

    assert summary.throughput == throughput
    assert summary.request_count == count
    assert summary.duration_ns == length_s * 1e9


@pytest.mark.parametrize(
    ("latencies_ms", "average_ns", "deviation_us"),
    [
        pytest.param([1, 3], 2_000_000, 1414, id="two requests: 1 ms on either side, divided by n - 1"),
        pytest.param([2, 4, 4, 4, 5, 5, 7, 9], 5_000_000, 2138, id="eight requests: the root of 32 / 7"),
        pytest.param([4, 4, 4], 4_000_000, 0, id="all the same"),
        pytest.param([0.000001, 0.000002], 1, 0, id="the average is rounded down to a nanosecond"),
        pytest.param([7], 7_000_000, 0, id="one request deviates from nothing"),
        pytest.param([0, 20_000] * 50, 10_000_000_000, 10_050_378, id="squares that do not fit in 64 bits"),
        pytest.param([], 0, 0, id="no request"),
    ],
)
def test_average_and_standard_deviation(window, latencies_ms, average_ns, deviation_us):
    summary = summarize([window(latencies_ms)])

    assert (summary.average_ns, summary.standard_deviation_us) == (average_ns, deviation_us)


@pytest.mark.parametrize(
    ("latencies_ms", "expected_ms"),
    [
        pytest.param(range(1, 101), {50: 51, 90: 90, 95: 95, 99: 99}, id="of 1 to 100: rank 49.5 rounds up"),
        pytest.param(range(100, 0, -1), {50: 51, 90: 90, 95: 95, 99: 99}, id="the order of completion does not matter"),
        pytest.param([1, 2, 3, 4], {50: 3, 90: 4, 95: 4, 99: 4}, id="of four: rank 1.5 rounds up"),
        pytest.param([5], {50: 5, 90: 5, 95: 5, 99: 5}, id="of one"),
        pytest.param([], {50: 0, 90: 0, 95: 0, 99: 0}, id="of none"),
    ],
)
def test_percentiles_are_latencies_that_occurred(window, latencies_ms, expected_ms):
    assert summarize([window(latencies_ms)]).percentiles_ns == {p: ms(value) for p, value in expected_ms.items()}


@pytest.mark.parametrize(
    ("percentile", "keys"), [(None, [50, 90, 95, 99]), (80, [50, 80, 90, 95, 99]), (90, [50, 90, 95, 99])]
)
def test_the_percentile_asked_for_joins_the_usual_ones_in_order(window, percentile, keys):
    assert list(summarize([window([1, 2, 3])], percentile).percentiles_ns) == keys
    assert list(summarize([window([])], percentile).percentiles_ns) == keys


def test_the_latency_to_stabilize_is_the_average_or_the_percentile(window):
    summary = summarize([window([1, 1, 1, 9])], percentile=80)

    assert summary.stabilizing_ns(None) == ms(3)
    assert summary.stabilizing_ns(50) == ms(1)
    assert summary.stabilizing_ns(80) == ms(1)
    assert summary.stabilizing_ns(90) == ms(9)


def test_windows_are_pooled_not_averaged(window):
    """One request of 10 ms in one second, three of 2 ms in three seconds: the mean of the means would be 6 ms."""
    pooled = summarize([window([10], length_s=1), window([2, 2, 2], length_s=3, batch_size=5)])

    assert pooled.average_ns == ms(4)
    assert pooled.percentiles_ns[50] == ms(2)
    assert pooled.throughput == (1 + 3 * 5) / 4
    assert (pooled.request_count, pooled.duration_ns) == (4, 4_000_000_000)


def test_server_statistics_are_summed_field_by_field(window):
    numbers = range(1, len(fields(ServerStatistics)))
    alone = ServerStatistics(*(Spent(n, 10 * n) if n > 2 else n for n in numbers))
    first = replace(alone, composing={("part", "1"): alone})

    assert summarize([window([1], server=first), window([1], server=first)]).server == first + first


def test_responses_of_a_decoupled_model_are_counted_over_all_windows(window):
    """30 and 10 responses in two seconds."""
    pooled = summarize([replace(window([1]), responses=responses(range(count))) for count in (30, 10)])

    assert (pooled.response_throughput, pooled.is_decoupled) == (20.0, True)
    assert summarize([window([1])]).response_throughput is None


def test_times_of_responses_are_pooled_over_all_windows(window):
    """Both requests are sent at 0."""
    seen = responses((10, 30, 50)), responses((30,))
    times = summarize([replace(window([1]), responses=one) for one in seen]).response_times

    assert (times.first.average_ns, times.first.percentiles_ns[99]) == (20, 30)
    assert (times.between.average_ns, times.between.percentiles_ns[50]) == (20, 20)
    assert summarize([window([1])]).response_times is None


def test_without_a_response_there_are_no_times(window):
    times = summarize([replace(window([1]), responses=responses(()))]).response_times

    assert (times.first, times.between) == (None, None)


def test_what_the_client_adds_to_a_decoupled_model_is_not_known(window):
    served = window([1], server=ServerStatistics(success=Spent(1, 900_000)))

    assert summarize([replace(served, responses=responses(range(3)))]).adds_us is None
    assert summarize([served]).adds_us == 100


def test_the_server_is_unknown_when_it_was_unknown_in_one_window(window):
    assert summarize([window([1], server=ServerStatistics()), window([1])]).server is None


@pytest.mark.parametrize(
    ("server", "adds_us"),
    [
        pytest.param(ServerStatistics(success=Spent(2, 1_800_000)), 100, id="1000 us here, 900 us there"),
        pytest.param(ServerStatistics(), None, id="nothing succeeded on the server"),
        pytest.param(None, None, id="no statistics"),
    ],
)
def test_what_is_added_is_the_latency_that_is_not_the_servers(window, server, adds_us):
    assert summarize([window([1.0004], server=server)]).adds_us == adds_us


def test_failed_requests_are_counted_and_have_no_part_in_the_figures(window):
    pooled = summarize([window([10, 20], failed={"timeout": 1}), window([30], failed={"timeout": 2, "reset": 1})])

    assert pooled.failures == {
        "timeout": FailureCount(3, "a word on timeout"),
        "reset": FailureCount(1, "a word on reset"),
    }
    assert (pooled.request_count, pooled.throughput, pooled.average_ns) == (3, 1.5, ms(20))


def test_when_all_requests_failed_every_figure_is_0(window):
    summary = summarize([window([], failed={"timeout": 5})])

    assert (summary.request_count, summary.throughput, summary.average_ns) == (0, 0.0, 0)


def test_what_is_added_is_not_known_when_the_server_answered_requests_that_failed_here(window):
    """Of 1 ms and 9 ms on the server, 9 ms was too long for us: 1 ms here minus 5 ms there says nothing."""
    server = ServerStatistics(success=Spent(2, ms(10)))

    assert summarize([window([1], server=server, failed={"timeout": 1})]).adds_us is None


@given(LATENCIES_MS)
def test_figures_lie_among_the_latencies(window, latencies_ms):
    summary = summarize([window(latencies_ms)])
    values = list(summary.percentiles_ns.values())

    assert set(values) <= {ms(latency) for latency in latencies_ms}
    assert values == sorted(values)
    assert ms(min(latencies_ms)) <= summary.average_ns <= ms(max(latencies_ms))
    if len(latencies_ms) > 1:
        # Microseconds are cut off, and the average is a whole nanosecond: one of each is the most they may differ by.
        assert summary.standard_deviation_us == pytest.approx(statistics.stdev(latencies_ms) * 1000, abs=2)


@given(st.lists(LATENCIES_MS, min_size=1, max_size=4))
def test_how_requests_are_cut_into_windows_does_not_matter(window, parts):
    joined = window([latency for part in parts for latency in part], length_s=len(parts))

    assert summarize([window(part) for part in parts]) == summarize([joined])


def test_a_clamped_window_reaches_from_the_first_send_to_the_last_end(window):
    # Sent at 0, 1 and 2 ns: the second one ends last, after 5 ms and 1 ns.
    clamped = window([4, 5, 2], length_s=1.0).clamped()

    assert (clamped.start_ns, clamped.end_ns) == (0, 5_000_001)
    assert summarize([clamped]).throughput == pytest.approx(3 / 0.005)


def test_a_clamped_window_of_an_open_loop_begins_with_the_first_planned_instant(window):
    sent_late = window([4, 5, 2])
    planned_ns = sent_late.records.start_ns - 7
    clamped = replace(sent_late, records=replace(sent_late.records, planned_ns=planned_ns)).clamped()

    assert (clamped.start_ns, clamped.end_ns) == (-7, 5_000_001)


def test_a_window_without_a_success_cannot_be_clamped(window):
    nothing = window([], length_s=1.0, failed={"timeout": 2})

    assert nothing.clamped() is nothing


@pytest.mark.parametrize(("percentile", "rank"), [(0.1, 0), (50, 50), (90, 90), (99, 99), (99.9, 100)])
def test_the_rank_among_the_numbers_from_0_to_100(percentile, rank):
    assert percentile_rank(percentile, 101) == rank


def test_sequences_that_ended_are_counted_over_all_windows(window):
    """3 and 5 sequences in two seconds."""
    pooled = summarize([replace(window([1]), sequence_count=count) for count in (3, 5)])

    assert (pooled.sequence_count, pooled.sequence_throughput) == (8, 4.0)
    assert summarize([window([1])]).sequence_throughput is None
