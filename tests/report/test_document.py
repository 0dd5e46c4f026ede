"""The JSON document: against its schema, against a golden file, and in what it says of a few requests."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from loadgen.load.modes import Concurrency, PeriodicConcurrency
from loadgen.load.target import Target
from loadgen.measure.client_use import ClientUse
from loadgen.measure.failures import FailureCount
from loadgen.measure.records import Records
from loadgen.measure.results import Connections, LevelResult, Verdict
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.summary import summarize
from loadgen.measure.threshold import threshold
from loadgen.measure.windows import Window, Windows
from loadgen.report.environment import environment
from loadgen.report.report import Report
from loadgen.report.saved import level_from
from loadgen.units import NS_PER_US, ms, seconds
from tests.report import composed

SCHEMA = json.loads(files("loadgen.report").joinpath("schema.json").read_text(encoding="utf-8"))
SERVED = ServerStatistics(
    inference_count=100,
    execution_count=50,
    success=Spent(100, ms(70)),
    queue=Spent(100, ms(10)),
    compute_input=Spent(100, ms(2)),
    compute_infer=Spent(100, ms(50)),
    compute_output=Spent(100, ms(3)),
)
HERE = {
    "loadgen": "0.1",
    "python": "CPython 3.11",
    "platform": "Linux",
    "machine": "x86_64",
    "cpu": "A CPU",
    "cores": 2,
    "memory_bytes": 8 * 2**30,
    "libraries": {"numpy": "1.26.4", "uvloop": None},
}
RUN = Report(
    Target("localhost:8001", "mnist"),
    Windows(length_s=0.6),
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    HERE,
    arguments=("-m", "mnist", "--json", "out.json"),
)


def window(index, *, latency_ms=6.0, count=100, failures=None, server=SERVED):
    """Return the window number `index` (from 0) of 600 ms: requests that end one after the other, evenly."""
    start_ns, length_ns = seconds(10) + index * ms(600), ms(600)
    end_ns = start_ns + (np.arange(count, dtype=np.int64) + 1) * length_ns // max(1, count)
    records = Records(end_ns - ms(latency_ms), end_ns, failures or {})
    client = ClientUse(length_ns, ms(30), ms(6), lags=10, lag_ns=ms(5), worst_lag_ns=ms(2))
    return Window(start_ns, start_ns + length_ns, records, server, client=client)


def level(*windows, concurrency=1, reason="", connections=None, percentile=None):
    """Return what is measured in these windows, of which the last three are judged."""
    trials = tuple(summarize([one], percentile) for one in windows)
    judged = windows[-3:]
    verdict = Verdict(stable=not reason, reason=reason)
    return LevelResult(Concurrency(concurrency), summarize(judged, percentile), verdict, trials, judged, connections)


def valid(levels, run=RUN):
    """Return the document of a run, which has been written, read again and checked against the schema."""
    written = json.loads(replace(run, levels=tuple(levels)).to_json(), parse_constant=pytest.fail)
    jsonschema.Draft202012Validator(SCHEMA).validate(written)
    return written


def test_a_periodic_load_is_described_and_read_again():
    load = PeriodicConcurrency(2, 6, step=4, period=5)
    (written,) = valid([replace(level(window(0)), load=load)])["levels"]

    assert (written["load"]["mode"], written["load"]["value"]) == ("periodic_concurrency", 6)
    assert level_from(written).load == load


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_object_of_the_schema_names_all_its_fields_and_wants_them_all():
    """So that a field cannot be written without being described, nor be left out."""
    objects = [SCHEMA, *(part for part in walk(SCHEMA) if "properties" in part)]

    assert len(objects) > 10
    for described in objects:
        assert described["additionalProperties"] is False
        assert described["required"] == list(described["properties"])


def walk(part):
    children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    for child in children:
        if isinstance(child, dict):
            yield child
        yield from walk(child)


def test_a_golden_file_of_three_windows(golden):
    measured = level(window(0), window(1), window(2), connections=Connections(open=1))

    golden("document.json", replace(RUN, levels=(measured,)).to_json())


def everything(**changes):
    failed = {"UNAVAILABLE": FailureCount(2, "going\ndown \udcff"), "timeout": FailureCount(5, "after 1 s")}
    windows = [window(0), window(1, failures=failed), window(2, server=None), window(3)]
    connections = Connections(open=4, reopened=2, goaways=1, sent_again=5, limit=8)
    return replace(level(*windows, reason="throughput spread 1.31 > 1.10", connections=connections), **changes)


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param([], id="nothing measured"),
        pytest.param([everything()], id="all that can happen to a level"),
        pytest.param([level(window(0, count=0, server=None), reason="nothing")], id="a level without a request"),
        pytest.param([level(window(0, count=1), reason="1 window, 3 needed")], id="a single request"),
        pytest.param([level(window(0, latency_ms=0.0), reason="a coarse clock")], id="latencies of 0"),
        pytest.param([everything(windows=())], id="no raw records"),
        pytest.param([level(window(0, server=composed.CACHED_PARTS), reason="1 window")], id="composing models"),
    ],
)
def test_the_document_is_valid(levels):
    run = replace(RUN, thresholds=(threshold("p99.9<15ms"), threshold("errors<1%"), threshold("adds<=50us")))
    assert len(valid(levels, run)["levels"]) == len(levels)


def test_the_environment_of_this_machine_is_valid():
    here = valid([], replace(RUN, environment=environment()))["environment"]

    assert here["cores"] >= 1
    assert here["libraries"]["numpy"] == np.__version__


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_does_not_have_become_null(figure):
    report = replace(RUN, environment=HERE | {"cores": figure})

    assert report.to_dict()["environment"]["cores"] is None
    assert json.loads(report.to_json())["environment"]["cores"] is None


def test_what_was_asked_for():
    written = valid([], replace(RUN, is_interrupted=True))

    assert (written["format"], written["version"], written["interrupted"], written["error"]) == (
        "loadgen",
        1,
        True,
        None,
    )
    assert written["started_at"] == "2026-01-02T03:04:05+00:00"
    assert written["arguments"] == ["-m", "mnist", "--json", "out.json"]
    assert written["windows"] == {
        "length_s": 0.6,
        "tolerance": 0.1,
        "at_most": 10,
        "percentile": None,
        "request_count": None,
        "latency_limit_us": None,
    }
    assert written["target"]["model_version"] is None


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        pytest.param("authorization:Bearer s3cret", "authorization:...", id="a word of its own"),
        pytest.param("-HAuthorization: Bearer s3cret", "-HAuthorization:...", id="one word with its option"),
        pytest.param("authorization:older", "authorization:...", id="a value that another one replaced"),
        pytest.param("s3cret", "s3cret", id="no header at all"),
        pytest.param("1:4", "1:4", id="a range that ends like the value of a header"),
    ],
)
def test_values_of_headers_stay_secret(argument, written):
    headers = (("authorization", "Bearer s3cret"), ("x-retries", "4"), ("empty", ""))
    run = replace(RUN, arguments=(argument,), target=replace(RUN.target, headers=headers))

    assert valid([], run)["arguments"] == [written]
    assert valid([], run)["target"]["headers"] == ["authorization", "x-retries", "empty"]


def test_figures_of_three_windows():
    """A hundred requests of 6 ms in each 600 ms, one after the other."""
    (written,) = valid([level(window(0), window(1), window(2))])["levels"]

    assert written["request_count"] == 300
    assert written["throughput"] == pytest.approx(100 / 0.6)
    assert written["average_us"] == 6000
    assert (written["stable"], written["reason"]) == (True, None)
    assert written["throughput_interval"] == {
        "low": pytest.approx(100 / 0.6),
        "high": pytest.approx(100 / 0.6),
        "confidence": 0.95,
    }
    assert written["mean_in_flight"] == pytest.approx(1.0)
    assert written["littles_law"] is True
    assert written["failures"] == []


def test_percentiles_are_null_where_the_sample_is_too_small_for_them():
    (written,) = valid([level(window(0), window(1), window(2))])["levels"]

    latencies = {one["percentile"]: one["latency_us"] for one in written["percentiles"]}
    assert latencies == {50: 6000, 90: 6000, 95: 6000, 99: None, 99.9: None}
    assert [one["requests_needed"] for one in written["percentiles"]] == [11, 64, 130, 662, 6636]
    assert [one["interval_us"] is None for one in written["percentiles"]] == [False, False, False, True, True]


def test_the_percentile_asked_for_is_there():
    windows = [window(index) for index in range(3)]
    run = replace(RUN, windows=Windows(percentile=80))
    (written,) = valid([level(*windows, percentile=80)], run)["levels"]

    assert [one["percentile"] for one in written["percentiles"]] == [50, 80, 90, 95, 99, 99.9]


def test_the_interval_of_a_percentile_holds_it():
    """Latencies from 1 to 1000 us: the median's interval is 500 +- 31, ranks rounded outwards."""
    end_ns = np.arange(1, 1001, dtype=np.int64) * NS_PER_US + ms(1)
    measured = level(Window(0, seconds(1), Records(np.full(1000, ms(1)), end_ns), None), reason="1 window, 3 needed")
    (written,) = valid([measured])["levels"]

    median = written["percentiles"][0]
    assert median["latency_us"] == 501
    assert median["interval_us"] == {"low": 469, "high": 532, "confidence": 0.95}


def test_all_requests_are_in_the_histogram():
    (written,) = valid([level(window(0), window(1, latency_ms=60.0), window(2))])["levels"]
    histogram = written["histogram"]

    assert sum(histogram["counts"]) == 300
    assert len(histogram["bounds_us"]) == len(histogram["counts"]) + 1
    assert histogram["counts"][0] == 200
    assert histogram["bounds_us"][0] <= 6000 < histogram["bounds_us"][1]


def test_every_window_is_told_with_its_failures_but_only_three_are_judged():
    (written,) = valid([everything()])["levels"]

    assert [trial["start_s"] for trial in written["trials"]] == [0, 0.6, 1.2, 1.8]
    assert [len(trial["failures"]) for trial in written["trials"]] == [0, 2, 0, 0]
    assert (written["judged_windows"], written["request_count"]) == (3, 300)
    assert [(kind["kind"], kind["count"]) for kind in written["failures"]] == [("timeout", 5), ("UNAVAILABLE", 2)]
    assert written["server"] is None
    assert written["trials"][3]["server"]["compute_infer"] == {"count": 100, "total_us": 50_000, "average_us": 500}


def test_composing_models_are_told_with_theirs():
    (written,) = valid([level(window(0, server=composed.NESTED[0]), reason="1 window, 3 needed")])["levels"]
    inner, third = written["server"]["composing_models"]

    assert (third["model"], third["model_version"], third["server"]["success"]["average_us"]) == ("third", "1", 388)
    assert [part["model"] for part in inner["server"]["composing_models"]] == ["first", "second"]
    assert (inner["server"]["overhead_us"], inner["server"]["queue"]["count"]) == (0, 547)


def test_the_models_that_a_model_is_said_to_call_are_told():
    target = replace(RUN.target, composing_models=(("tokenizer", ""), ("encoder", "2")))

    assert valid([], replace(RUN, target=target))["target"]["bls_composing_models"] == [
        {"model": "tokenizer", "model_version": None},
        {"model": "encoder", "model_version": "2"},
    ]


def test_the_timeline_goes_on_where_the_judged_windows_begin():
    """Four windows of 600 ms: the first is not judged, and the other three are a second, and 800 ms."""
    (written,) = valid([everything()])["levels"]

    assert [(part["start_s"], part["duration_s"]) for part in written["timeline"]] == [(0.6, 1.0), (1.6, 0.8)]
    assert sum(part["request_count"] for part in written["timeline"]) == 300
    assert written["timeline"][0]["throughput"] == pytest.approx(100 / 0.6, rel=0.02)
    assert written["timeline"][0]["latencies_us"]["p99"] == 6000


def test_the_trend_of_the_throughput_is_told():
    windows = [window(index, count=100 + 10 * index) for index in range(5)]
    rising, steady = valid([level(*windows), level(window(0))])["levels"]

    assert (rising["trend"], steady["trend"]) == ("rising", None)


def test_a_level_without_a_request_has_no_latency_and_no_doubt():
    (written,) = valid([level(window(0, count=0), reason="nothing")])["levels"]

    assert (written["throughput"], written["average_us"], written["standard_deviation_us"]) == (0, None, None)
    assert all(one["latency_us"] is None for one in written["percentiles"])
    assert written["histogram"] == {"bounds_us": [], "counts": []}
    assert set(written["trials"][0]["latencies_us"].values()) == {None}
    assert written["littles_law"] is True


def test_the_text_is_ascii_and_ends_with_a_newline():
    text = replace(RUN, levels=(everything(),)).to_json()

    assert text.isascii()
    assert text.endswith("}\n")


def test_what_loadgen_took_of_the_time():
    """Each window of 600 ms: 30 ms of it running, 6 ms waiting for a core."""
    (measured,) = valid([level(window(0), window(1))])["levels"]

    assert measured["client"] == {
        "limited": False,
        "reason": None,
        "running": 0.05,
        "waiting": 0.01,
        "loop_lag_us": {"mean": 500.0, "worst": 2000.0},
        "ceiling": pytest.approx(measured["throughput"] / 0.06),
    }
