"""Our lines against perf_analyzer's own, recorded from 24.10, and against what we add to them."""

import re
from dataclasses import replace

import pytest

from loadgen.load.modes import Concurrency
from loadgen.measure.client_use import ClientUse
from loadgen.measure.failures import FailureCount
from loadgen.measure.results import Connections
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.report import text
from loadgen.report.settings import Settings
from loadgen.units import NS_PER_S
from tests.report import composed
from tests.report.recorded import perf_analyzer_printed, printed


def served(count, *, hits=0, succeeded=True):
    """Return what a server says that takes 900 us for a request: 100 in the queue, 20 + 500 + 30 computing."""
    computed = count - hits

    def spent(times, average_us):
        return Spent(times, times * average_us * 1000)

    return ServerStatistics(
        inference_count=count,
        execution_count=count,
        success=spent(count if succeeded else 0, 900),
        queue=spent(count, 100),
        compute_input=spent(computed, 20),
        compute_infer=spent(computed, 500),
        compute_output=spent(computed, 30),
        cache_hit=spent(hits, 11),
        cache_miss=spent(computed if hits else 0, 22),
    )


def test_what_the_client_itself_did_is_told_where_it_is_known_and_asked_for(level_of):
    level = level_of(1, 384.04, 2596, latencies_us=(2562, 2689, 2775, 3310), deviation_us=156, count=278)
    use = ClientUse(duration_ns=NS_PER_S, cpu_ns=2_100_000, waiting_ns=500_000)
    known = replace(level, summary=replace(level.summary, client=use))

    lines = text.level(known, verbose=True).splitlines()

    # The line is that of the recording two_levels_verbose.txt, and stands where it does there.
    assert lines.index("    Avg client overhead: 0.26%") == lines.index("    Throughput: 384.04 infer/sec") + 1
    assert "overhead" not in text.level(known)
    assert "overhead" not in text.level(level, verbose=True)


def test_two_levels_with_every_window(summary_of, level_of):
    one = level_of(
        1, 384.04, 2596, latencies_us=(2562, 2689, 2775, 3310), deviation_us=156, count=278, server=served(279)
    )
    two = level_of(
        2, 738.385, 2705, latencies_us=(2695, 2834, 2882, 3037), deviation_us=114, count=535, server=served(536)
    )

    ours = printed(
        Settings(interval_ms=200, is_range=True, limit=2),
        text.announced(Concurrency(1)),
        text.trial(1, summary_of(372.46, 2648, deviation_us=232)),
        text.trial(2, summary_of(389.659, 2568, deviation_us=114)),
        text.trial(3, summary_of(390.025, 2575, deviation_us=63)),
        text.level(one, verbose=True),
        text.announced(Concurrency(2)),
        text.trial(1, summary_of(741.1, 2691, deviation_us=114)),
        text.trial(2, summary_of(738.766, 2700, deviation_us=101)),
        text.trial(3, summary_of(735.297, 2723, deviation_us=123)),
        text.level(two, verbose=True),
        text.summary([one, two]),
    )

    assert ours == perf_analyzer_printed("two_levels_verbose.txt")


def test_a_percentile_and_no_server_statistics(level_of):
    one = level_of(1, 389.913, latencies_us={50: 2521, 80: 2564, 90: 2596, 95: 2677, 99: 3253}, count=281)
    two = level_of(2, 742.101, latencies_us={50: 2675, 80: 2778, 90: 2837, 95: 2894, 99: 3062}, count=535)

    ours = printed(
        Settings(interval_ms=200, percentile=80, is_range=True, limit=2),
        text.announced(Concurrency(1)),
        text.level(one, percentile=80),
        text.announced(Concurrency(2)),
        text.level(two, percentile=80),
        text.summary([one, two], percentile=80),
    )

    assert ours == perf_analyzer_printed("p80_without_statistics.txt")


def test_a_single_level_with_the_response_cache(summary_of, level_of):
    level = level_of(1, 392.177, latencies_us=(2488, 2575, 2921, 3359), count=284, server=served(285, hits=142))

    ours = printed(
        Settings(interval_ms=200, percentile=95),
        text.announced(Concurrency(1)),
        text.trial(1, summary_of(371.799, latencies_us={95: 3141}), percentile=95),
        text.trial(2, summary_of(402.213, latencies_us={95: 2529}), percentile=95),
        text.trial(3, summary_of(402.605, latencies_us={95: 2549}), percentile=95),
        text.level(level, percentile=95, verbose=True),
        text.summary([level], percentile=95),
    )

    assert ours == perf_analyzer_printed("p95_response_cache_verbose.txt")


def test_a_decoupled_model_with_every_window(summary_of, level_of):
    counted = composed.served(471, 1470, 103, (19.4, 1343.4, 2.4))
    level = level_of(
        1, 650.946, 1264, latencies_us=(1062, 1196, 2627, 4459), deviation_us=1883, count=471, server=counted
    )
    level = replace(level, summary=replace(level.summary, response_throughput=1952.84))

    ours = printed(
        Settings(interval_ms=200, is_decoupled=True),
        text.announced(Concurrency(1)),
        text.trial(1, summary_of(618.976, 1292, deviation_us=3163)),
        text.trial(2, summary_of(675.071, 1209, deviation_us=795)),
        text.trial(3, summary_of(658.696, 1293, deviation_us=722)),
        text.level(level, verbose=True),
        text.summary([level]),
    )

    assert ours == perf_analyzer_printed("decoupled_verbose.txt")


def test_a_decoupled_model_at_two_levels_with_a_percentile(level_of):
    one = level_of(
        1,
        324.629,
        latencies_us=(1669, 3109, 4272, 10036),
        count=236,
        server=composed.served(236, 2896, 431, (31.5, 2425.5, 3)),
    )
    two = level_of(
        2,
        486.493,
        latencies_us=(2732, 6261, 7912, 12934),
        count=355,
        server=composed.served(356, 3119, 1318, (41.6, 1744.6, 9)),
    )
    one, two = (
        replace(level, summary=replace(level.summary, response_throughput=responses))
        for level, responses in ((one, 973.887), (two, 1459.48))
    )

    ours = printed(
        Settings(interval_ms=200, percentile=95, is_range=True, limit=2, is_decoupled=True),
        text.announced(Concurrency(1)),
        text.level(one, percentile=95),
        text.announced(Concurrency(2)),
        text.level(two, percentile=95),
        text.summary([one, two], percentile=95),
    )

    assert ours == perf_analyzer_printed("decoupled_p95.txt")


def test_input_data_and_a_warm_up(level_of):
    counted = composed.served(3, 462, 29, (40, 284, 105))
    level = level_of(1, 2.99498, 1689, latencies_us=(1965, 2229, 2229, 2229), deviation_us=719, count=3, server=counted)

    ours = printed(
        Settings(stream_sizes=(3,), warmup_request_count=1, request_count=3),
        text.announced(Concurrency(1)),
        text.announced(Concurrency(1)),
        text.level(level),
        text.summary([level]),
    )

    assert ours == perf_analyzer_printed("json_and_warmup.txt")


def test_a_server_on_which_nothing_succeeded(level_of):
    nothing = served(244, succeeded=False)
    one = level_of(1, 335.605, 2933, latencies_us=(2842, 3346, 3493, 4736), deviation_us=437, count=243, server=nothing)
    two = level_of(2, 622.356, 3203, latencies_us=(3023, 3826, 4546, 6059), deviation_us=720, count=452, server=nothing)

    ours = printed(
        Settings(interval_ms=200, is_range=True, limit=2),
        text.announced(Concurrency(1)),
        text.level(one),
        text.announced(Concurrency(2)),
        text.level(two),
        text.summary([one, two]),
    )

    assert ours == perf_analyzer_printed("nothing_succeeded.txt")


@pytest.mark.parametrize(
    ("protocol", "verbose", "line"),
    [
        ("grpc", False, "    Avg gRPC time: 637 usec ((un)marshal request/response 0 usec + response wait 637 usec)"),
        ("grpc", True, "    Avg gRPC time: 637 usec (marshal 0 usec + response wait 637 usec + unmarshal 0 usec)"),
        ("http", False, "    Avg HTTP time: 637 usec (send/recv 0 usec + response wait 637 usec)"),
        ("http", True, "    Avg HTTP time: 637 usec (send 0 usec + response wait 637 usec + receive 0 usec)"),
    ],
)
def test_all_of_the_latency_is_waiting_for_the_response(level_of, protocol, verbose, line):
    assert line in text.level(level_of(1, 1557.06, 637), verbose=verbose, protocol=protocol).splitlines()


def test_failed_requests_and_lost_connections_stand_below_the_request_count(level_of, golden):
    level = level_of(
        4,
        1557.06,
        637,
        count=2988,
        latencies_us=(614, 706, 768, 989),
        failed={"timeout": 2, "UNAVAILABLE": 10},
        connections=Connections(open=4, reopened=2, goaways=1, sent_again=5, limit=8),
        server=served(2988),
    )

    golden("failures.txt", f"{text.level(level)}\n{text.summary([level])}\n")


def test_a_level_at_which_every_request_failed_has_no_latency(level_of, golden):
    level = level_of(1, 0.0, count=0, failed={"UNAVAILABLE": 1}, reason="ended by an error in window 1")

    golden("all_failed.txt", f"{text.level(level)}\n")


def test_the_words_of_a_server_stay_on_their_line_and_leave_the_terminal_alone(level_of):
    level = level_of(1, 10.0, count=1, failed={"INTERNAL": 1}, example="Traceback:\n  \x1b[31mred" + " and so on" * 50)
    (line,) = (line for line in text.level(level).splitlines() if "INTERNAL" in line)

    assert line.startswith("      1 [INTERNAL] Traceback: [31mred and so on")
    assert line.endswith("...")
    assert len(line) < 220


@pytest.mark.parametrize(
    ("failed", "succeeded", "share"),
    [(3, 1, "3 of 4 (75.00 %)"), (1, 9999, "1 of 10000 (0.01 %)"), (1, 99999, "1 of 100000 (less than 0.01 %)")],
    ids=["most", "few", "very few"],
)
def test_the_share_of_failed_requests(level_of, failed, succeeded, share):
    level = level_of(1, 10.0, count=succeeded, failed={"reset": failed})

    assert f"    Failed requests: {share}, not in the other figures" in text.level(level).splitlines()


@pytest.mark.parametrize(
    ("connections", "line"),
    [
        pytest.param(Connections(open=1, goaways=1, reopened=1), "1 open, 1 reopened, 1 GOAWAY", id="a polite server"),
        pytest.param(
            Connections(open=2, goaways=2, sent_again=1), "2 open, 2 GOAWAYs, 1 request sent again", id="sent again"
        ),
        pytest.param(
            Connections(open=64, limit=1), "64 open, the server takes 1 request at a time on each", id="a low limit"
        ),
    ],
)
def test_what_happened_to_the_connections(level_of, connections, line):
    assert f"    Connections: {line}" in text.level(level_of(1, 10.0, connections=connections)).splitlines()


@pytest.mark.parametrize("connections", [None, Connections(open=4)], ids=["unknown", "all as it should be"])
def test_connections_that_lasted_are_not_worth_a_line(level_of, connections):
    assert "onnection" not in text.level(level_of(1, 10.0, connections=connections))


@pytest.mark.parametrize(
    ("throughput", "percentile", "line"),
    [
        pytest.param(
            10.0,
            None,
            "  Pass [1] throughput: 10 infer/sec. Avg latency: 5 usec (std 0 usec) (3 failed). ",
            id="some failed",
        ),
        pytest.param(
            10.0, 95, "  Pass [1] throughput: 10 infer/sec. p95 latency: 0 usec (3 failed)", id="with a percentile"
        ),
        pytest.param(0.0, None, "  Pass [1] cb::Error: [timeout] after 1 s (3 failed)", id="all failed"),
    ],
)
def test_a_window_in_which_requests_failed(summary_of, throughput, percentile, line):
    summary = summary_of(throughput, 5, count=round(throughput))
    summary = replace(summary, failures={"timeout": FailureCount(3, "after 1 s")})

    assert text.trial(1, summary, percentile=percentile) == line


def test_a_window_without_a_request(summary_of):
    sentence = "No valid requests recorded within time interval. Please use a larger time window."

    assert text.trial(4, summary_of(0.0, count=0)) == f"  Pass [4] cb::Error: {sentence}"


@pytest.mark.parametrize(
    ("throughput", "written"),
    [(1557.0634, "1557.06"), (20.668, "20.668"), (4.0, "4"), (0.166667, "0.166667"), (1_234_567.0, "1.23457e+06")],
)
def test_numbers_have_six_digits(summary_of, throughput, written):
    assert f"throughput: {written} infer/sec." in text.trial(1, summary_of(throughput))


def test_an_unstable_level_is_printed_and_marked(level_of, golden):
    one = level_of(1, 1557.06, 637, latencies_us=(614, 706, 768, 989), deviation_us=115, server=served(300))
    reason = "throughput spread 1.31 > 1.10 in the last 3 windows"
    two = level_of(2, 1800.5, 1100, latencies_us=(900, 1500, 1900, 2500), deviation_us=400, reason=reason)

    golden("unstable.txt", "\n".join([text.level(one), text.level(two), text.summary([one, two]), ""]))


def test_a_script_still_reads_the_line_of_an_unstable_level(level_of):
    level = level_of(2, 1800.5, 1100, reason="throughput spread 1.31 > 1.10 in the last 3 windows")
    line = text.summary([level]).splitlines()[-1]

    assert re.match(r"Concurrency: (\d+), throughput: ([\d.]+) infer/sec, latency (\d+) usec", line).groups() == (
        "2",
        "1800.5",
        "1100",
    )


def test_the_warning_of_an_unstable_level_has_perf_analyzers_words_and_our_reason(level_of):
    warning = text.unstable_warning(level_of(4, 1.0, reason="2 windows, 3 needed"), at_most=2)

    assert warning == (
        "Failed to obtain stable measurement within 2 measurement windows for concurrency 4. "
        "Please try to increase the --measurement-interval. (2 windows, 3 needed)"
    )


def test_the_sequences_of_a_level_are_counted_before_its_throughput(level_of):
    level = level_of(1, 100.0, 1000)
    duration_ns = 2 * NS_PER_S
    level = replace(level, summary=replace(level.summary, sequence_count=5, duration_ns=duration_ns))

    lines = text.level(level).splitlines()
    assert lines[2:4] == ["    Sequence count: 5 (2.5 seq/sec)", "    Throughput: 100 infer/sec"]
