"""What perf_analyzer 24.10 and loadgen really printed, read by the one reader of both."""

from pathlib import Path

import pytest

from loadgen.compare.printed import PrintedLevel, read_level

PRINTED = Path(__file__).parent / "printed"


@pytest.mark.parametrize(
    ("file", "level"),
    [
        pytest.param("perf_analyzer", PrintedLevel(2, 1265.61, 1572, 1302), id="perf_analyzer"),
        pytest.param("perf_analyzer_batch", PrintedLevel(1, 3234.43, 1230, 1021), id="perf_analyzer with a batch"),
        pytest.param(
            "perf_analyzer_response_cache", PrintedLevel(8, 11747.9, 676, 8), id="perf_analyzer, response cache"
        ),
        pytest.param("loadgen_unstable", PrintedLevel(1, 621.092, 1361, 1275), id="loadgen marks an unstable level"),
    ],
)
def test_the_level_is_read_from_the_lines_of(file, level):
    assert read_level((PRINTED / f"{file}.txt").read_text()) == level


def test_an_unstable_level_of_perf_analyzer_has_no_figures():
    assert read_level((PRINTED / "perf_analyzer_unstable.txt").read_text()) is None


def test_a_throughput_above_a_million_is_printed_with_an_exponent():
    level = read_level("Concurrency: 64, throughput: 1.25e+06 infer/sec, latency 51 usec\n")
    assert level == PrintedLevel(64, 1_250_000.0, 51, None)


def test_of_an_ensemble_the_first_server_latency_counts():
    level = read_level(
        "    Avg request latency: 900 usec (overhead 0 usec + queue 200 usec + compute 1100 usec)\n"
        "      Avg request latency: 400 usec (overhead 0 usec + ...)\n"
        "Concurrency: 1, throughput: 900 infer/sec, latency 1000 usec\n"
    )
    assert level is not None
    assert level.server_us == 900
    assert level.adds_us == 100


def test_what_a_tool_adds_is_unknown_without_the_servers_share():
    assert PrintedLevel(1, 900.0, 1000, None).adds_us is None
