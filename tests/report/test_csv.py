"""The file of `-f` against perf_analyzer's own rows, and against what we add to them."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.report.csv import composing_csv_texts, csv_text
from tests.report import composed

RECORDED = Path(__file__).parent / "perf_analyzer"
CLIENT_ONLY = ["Concurrency", "Inferences/Second", "Client Send", "Client Recv"]
PERCENTILES = ["p50 latency", "p90 latency", "p95 latency", "p99 latency"]
SERVER = ["Server Queue", "Server Compute Input", "Server Compute Infer", "Server Compute Output"]
NETWORK = "Network+Server Send/Recv"


def served(queue_us, compute_us, *, hit_us=0, miss_us=0):
    """Return the account of a server that answered ten requests, half of them from its cache if that took time."""

    def spent(average_us, count=10):
        return Spent(count, count * average_us * 1000)

    computed = 5 if hit_us else 10
    into, through, out = compute_us
    return ServerStatistics(
        success=spent(900),
        queue=spent(queue_us),
        compute_input=spent(into, computed),
        compute_infer=spent(through, computed),
        compute_output=spent(out, computed),
        cache_hit=spent(hit_us, 5) if hit_us else Spent(),
        cache_miss=spent(miss_us, 5) if miss_us else Spent(),
    )


def rows_of(levels, **options):
    return list(csv.DictReader(csv_text(levels, **options).splitlines()))


def header_of(levels, **options):
    return csv_text(levels, **options).splitlines()[0].split(",")


def test_two_rows_of_perf_analyzer(level_of):
    """Its own rows, but for what its client library adds: 39 and 19 us of sending, which we have done beforehand."""
    one = level_of(1, 1564.6, 627, latencies_us=(623, 693, 722, 839), server=served(4, (6, 458, 27)))
    two = level_of(2, 2067.73, 960, latencies_us=(933, 1064, 1112, 1235), server=served(386, (7, 443, 24)))

    assert csv_text([one, two], percentile=95, verbose=True).splitlines() == [
        ",".join(
            [*CLIENT_ONLY[:3], NETWORK, *SERVER, CLIENT_ONLY[3], *PERCENTILES, "request/response", "response wait"]
        ),
        "1,1564.6,0,132,4,6,458,27,0,623,693,722,839,0,627",
        "2,2067.73,0,100,386,7,443,24,0,933,1064,1112,1235,0,960",
    ]


def test_a_golden_file_of_the_response_cache(level_of, golden):
    cached = served(100, (20, 500, 30), hit_us=11, miss_us=22)
    level = level_of(1, 20.668, 46328, latencies_us=(48008, 51993, 51993, 51993), server=cached)

    golden("response_cache.csv", csv_text([level], verbose=True))


def test_each_composing_model_has_perf_analyzers_file(level_of):
    levels = [
        level_of(concurrency, throughput, 1500, server=server)
        for concurrency, throughput, server in zip((1, 2), (752.501, 1154.45), composed.NESTED, strict=True)
    ]

    assert composing_csv_texts(levels) == {
        (model, "1"): (RECORDED / f"{model}_v1.nested_ensemble.csv").read_text() for model in ("inner", "third")
    }


def test_a_model_that_is_asked_twice_for_each_request_has_twice_the_throughput(level_of):
    server = composed.served(962, 525, 1, composing={("first", "1"): composed.served(1924, 258, 18)})
    (text,) = composing_csv_texts([level_of(1, 1320.78, 751, server=server)]).values()

    assert text.splitlines()[1].startswith("1,2641.56,0,")


def test_with_a_cache_anywhere_all_files_of_composing_models_have_its_columns(level_of):
    texts = composing_csv_texts([level_of(1, 565.586, 1759, server=composed.CACHED_PARTS)])

    assert {text.splitlines()[0].count("Server Cache") for text in texts.values()} == {2}


def test_a_level_whose_server_was_restarted_has_empty_cells_in_the_files_of_composing_models(level_of):
    levels = [level_of(1, 752.501, 1315, server=composed.NESTED[0]), level_of(2, 1154.45, 1729)]

    assert [text.splitlines()[2] for text in composing_csv_texts(levels).values()] == ["2,,0,,,,,,0"] * 2


def test_a_model_that_is_composed_of_nothing_has_no_other_file(level_of):
    assert composing_csv_texts([level_of(1, 100.0, 700, server=served(1, (2, 3, 4))), level_of(2, 100.0)]) == {}


def test_what_is_left_of_the_latency_is_the_network(level_of):
    cached = served(100, (20, 500, 30), hit_us=11, miss_us=22)
    (row,) = rows_of([level_of(1, 20.0, 46328, server=cached)])

    assert row[NETWORK] == str(46328 - 100 - (20 + 500 + 30) - 11 - 22)


def test_what_is_left_of_the_latency_is_never_negative(level_of):
    """The server's counters are read a little outside of the window."""
    (row,) = rows_of([level_of(1, 20.0, 500, server=served(100, (20, 500, 30)))])

    assert row[NETWORK] == "0"


@pytest.mark.parametrize(
    ("options", "added"),
    [
        pytest.param({}, [], id="nothing by itself"),
        pytest.param({"verbose": True}, ["Avg latency", "request/response", "response wait"], id="verbose"),
        pytest.param(
            {"verbose": True, "percentile": 95},
            ["request/response", "response wait"],
            id="no average with a percentile",
        ),
    ],
)
def test_the_last_columns(level_of, options, added):
    assert header_of([level_of(1, 100.0)], **options) == [*CLIENT_ONLY, *PERCENTILES, *added]


def test_a_row_of_perf_analyzer_of_a_decoupled_model(level_of):
    counted = composed.served(471, 1470, 103, (19, 1343, 2))
    level = level_of(1, 650.946, 1264, latencies_us=(1062, 1196, 2627, 4459), server=counted)
    level = replace(level, summary=replace(level.summary, response_throughput=1952.84))
    header, row = csv_text([level], verbose=True).splitlines()

    assert header.split(",") == [
        *("Concurrency", "Inferences/Second", "Response Throughput", "Client Send", NETWORK, *SERVER, "Client Recv"),
        *(*PERCENTILES, "Avg latency", "request/response", "response wait"),
    ]
    assert row == "1,650.946,1952.84,0,0,103,19,1343,2,0,1062,1196,2627,4459,1264,0,0"


def test_a_percentile_asked_for_stands_in_its_place(level_of):
    level = level_of(1, 100.0, latencies_us={50: 5, 80: 8, 90: 9, 95: 10, 99: 11})

    assert header_of([level], percentile=80)[4:] == [
        "p50 latency",
        "p80 latency",
        "p90 latency",
        "p95 latency",
        "p99 latency",
    ]
    assert rows_of([level], percentile=80)[0]["p80 latency"] == "8"


def test_a_server_without_statistics_has_no_columns(level_of):
    assert header_of([level_of(1, 100.0)]) == [*CLIENT_ONLY, *PERCENTILES]


def test_a_server_with_statistics_has_its_columns_between_sending_and_receiving(level_of):
    header = header_of([level_of(1, 100.0, server=served(1, (2, 3, 4)))])

    assert header == [*CLIENT_ONLY[:3], NETWORK, *SERVER, CLIENT_ONLY[3], *PERCENTILES]


def test_a_level_whose_server_was_restarted_has_empty_cells(level_of):
    known = level_of(1, 100.0, 700, server=served(1, (2, 3, 4)))
    unknown = level_of(2, 200.0, 700)

    row = rows_of([known, unknown])[1]

    assert [row[column] for column in (NETWORK, *SERVER)] == [""] * 5
    assert row["Client Recv"] == "0"


def test_rows_ascend_by_throughput_not_by_level(level_of):
    levels = [level_of(1, 300.0), level_of(2, 100.0), level_of(3, 200.0)]

    assert [row["Concurrency"] for row in rows_of(levels)] == ["2", "3", "1"]


def test_an_unstable_level_has_its_row_too(level_of):
    levels = [level_of(1, 100.0), level_of(2, 200.0, reason="2 windows, 3 needed")]

    assert [row["Concurrency"] for row in rows_of(levels)] == ["1", "2"]


def test_a_level_at_which_nothing_succeeded_has_no_latency(level_of):
    (row,) = rows_of([level_of(1, 0.0, count=0, server=served(1, (2, 3, 4)))], verbose=True)

    assert (row["Inferences/Second"], row["Server Queue"]) == ("0", "1")
    assert [row[column] for column in (NETWORK, *PERCENTILES, "Avg latency", "response wait")] == [""] * 7


@pytest.mark.parametrize(
    ("throughput", "written"),
    [(1557.0634, "1557.06"), (20.668, "20.668"), (4.0, "4"), (1_234_567.0, "1.23457e+06")],
)
def test_rates_have_six_digits(level_of, throughput, written):
    assert rows_of([level_of(1, throughput)])[0]["Inferences/Second"] == written
