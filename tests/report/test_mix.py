"""Several models that share a load, in every form in which a level is told: all together, and each."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from loadgen.load.mix import Mix
from loadgen.load.modes import Concurrency, RequestRate
from loadgen.load.target import Target
from loadgen.measure.failures import FailureCount
from loadgen.measure.records import Records
from loadgen.measure.results import LevelResult, Verdict
from loadgen.measure.sends import Sends
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.measure.summary import summarize
from loadgen.measure.threshold import threshold
from loadgen.measure.windows import Window, Windows
from loadgen.report import text
from loadgen.report.doubts import doubts
from loadgen.report.environment import environment
from loadgen.report.profile_export import Answered, Experiment, export_text, json_of
from loadgen.report.report import Report
from loadgen.report.settings import Settings
from loadgen.units import ms, seconds

KEPT = Concurrency(4)
A, B = Target("localhost:8001", "a"), Target("localhost:8001", "b", version="2")
FAILED = {"timeout": FailureCount(2, "no answer")}


def part(latency_ms, count, failures=None, *, planned=False, sends=None):
    """Return a second with so many requests of this latency; the server takes a millisecond less."""
    end_ns = seconds(1) + (np.arange(count, dtype=np.int64) + 1) * ms(1)
    start_ns = end_ns - ms(latency_ms)
    server = ServerStatistics(
        count, count, success=Spent(count, count * ms(latency_ms - 1)), queue=Spent(count, count * ms(1))
    )
    records = Records(start_ns, end_ns, failures or {}, start_ns - ms(1) if planned else None, sends)
    return Window(seconds(1), seconds(2), records, server)


def level(load=KEPT, **more):
    """Return a level of 100 requests: 75 to a, which take 4 ms, and 25 to b, which take 8 ms and fail twice."""
    models = {"a": part(4, 75, **more), "b 2": part(8, 25, FAILED, **more)}
    whole = part(5, 100, FAILED, **more, sends=Sends(102) if more else None)
    window = Window(whole.start_ns, whole.end_ns, whole.records, whole.server, models=models)
    return LevelResult(load, summarize([window]), Verdict(stable=True), (summarize([window]),), (window,))


@pytest.fixture
def report():
    weights = Mix({A: 3, B: 1})
    return Report(A, Windows(), datetime(2026, 1, 2, tzinfo=UTC), environment(), (level(),), mix=weights)


def test_each_model_is_a_level_of_its_own():
    of_a, of_b = level().models.values()

    assert (of_a.throughput, of_a.average_ms, of_a.summary.adds_us, of_a.failures) == (75, 4.0, 1000, {})
    assert (of_b.throughput, of_b.average_ms, of_b.failures, of_b.error_rate) == (25, 8.0, FAILED, 2 / 27)
    assert (of_a.load, of_a.stable, of_a.models) == (Concurrency(4), True, {})
    of_a.assert_that("avg<5ms")
    with pytest.raises(AssertionError, match=r"^avg 8 ms > 5 ms"):
        of_b.assert_that("avg<5ms")


def test_the_text_has_a_block_for_each_below_that_of_all():
    lines = text.level(level()).splitlines()

    blocks = [index for index, line in enumerate(lines) if line.strip() in ("Client:", "Server:")]
    assert [line for line in lines if "Model " in line] == [
        "  Model a: 75.00% of the requests",
        "  Model b 2: 25.00% of the requests",
    ]
    assert len(blocks) == 6
    assert lines[: blocks[1]][-1].startswith("    Avg gRPC time: 5000 usec")
    assert lines[lines.index("  Model b 2: 25.00% of the requests") :] == [
        "  Model b 2: 25.00% of the requests",
        "    Client: ",
        "      Request count: 25",
        "      Failed requests: 2 of 27 (7.41 %), not in the other figures",
        "        2 [timeout] no answer",
        "      Throughput: 25 infer/sec",
        "      Avg latency: 8000 usec (standard deviation 0 usec)",
        *(f"      p{p} latency: 8000 usec" for p in (50, 90, 95, 99)),
        "      Avg gRPC time: 8000 usec ((un)marshal request/response 0 usec + response wait 8000 usec)",
        "    Server: ",
        "      Inference count: 25",
        "      Execution count: 25",
        "      Successful request count: 25",
        "      Avg request latency: 7000 usec (overhead 6000 usec + queue 1000 usec"
        + "".join(f" + compute {step} 0 usec" for step in ("input", "infer", "output"))
        + ")",
    ]


def test_in_an_open_loop_each_has_what_its_users_would_feel_and_all_together_what_was_sent():
    lines = text.level(level(RequestRate(100), planned=True)).splitlines()

    felt = [line.strip() for line in lines if "planned instant" in line]
    assert felt == [
        f"Latency from the planned instant: avg {us} usec, p50 {us}, p90 {us}, p95 {us}, p99 {us} usec"
        for us in (6000, 5000, 9000)
    ]
    assert [line for line in lines if "sent" in line] == ["    Requests per second: 100 asked, 102 sent, 100 completed"]


def test_the_banner_names_the_models_and_their_weights():
    assert "  Models, with their weights: a:3, b:1\n" in str(Settings(mix="a:3, b:1"))
    assert "Models" not in str(Settings())


def test_the_table_has_a_row_for_each_and_judges_all_together(report):
    limited = Report(A, Windows(), report.started_at, {}, report.levels, thresholds=(threshold("avg<6ms"),))
    rows = [line.split() for line in str(limited).splitlines()[3:6]]

    assert [row[:3] for row in rows] == [["4", "all", "100.0"], ["4", "a", "75"], ["4", "b", "2"]]
    assert [row[-1] for row in rows] == ["yes", "-", "-"]


def test_what_is_doubtful_of_one_is_told_with_its_name():
    few = [doubt for doubt in doubts(level()) if "few" in doubt]

    assert few == [
        "Concurrency 4: 100 requests are few for p95 and p99 (130 and 662 needed).",
        "Concurrency 4, a: 75 requests are few for p95 and p99 (130 and 662 needed).",
        "Concurrency 4, b 2: 25 requests are few for p90 and p95 and p99 (64 and 130 and 662 needed).",
    ]


def test_without_the_servers_account_the_blocks_still_stand_apart():
    measured = level()
    models = {name: replace(figures, server=None) for name, figures in measured.summary.models.items()}
    lines = text.level(replace(measured, summary=replace(measured.summary, server=None, models=models))).splitlines()

    assert [lines[index - 1] for index, line in enumerate(lines) if line.startswith("  Model ")] == ["", ""]


def test_each_request_has_the_name_of_its_model_among_the_columns(report):
    columns = report.requests()

    assert {name: len(column) for name, column in columns.items()} == dict.fromkeys(columns, 100)
    assert set(columns["latency_ns"][columns["model"] == "b 2"]) == {ms(8)}
    assert (columns["model"] == "a").sum() == 75


def test_the_document_tells_of_each(report):
    written = json.loads(report.to_json())
    schema = json.loads(files("loadgen.report").joinpath("schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(written)

    assert (written["target"]["model"], written["target"]["models"]) == (
        None,
        [
            {"model": "a", "model_version": None, "weight": 3},
            {"model": "b", "model_version": "2", "weight": 1},
        ],
    )
    (level,) = written["levels"]
    told = [
        (one["model"], one["throughput"], one["adds_us"], one["server"]["success"]["count"]) for one in level["models"]
    ]
    assert told == [("a", 75, 1000, 75), ("b 2", 25, None, 25)]
    assert level["models"][1]["failures"] == level["failures"]
    assert level["models"][0]["planned"] is None


def test_the_document_has_the_planned_latencies_of_each(report):
    opened = Report(A, Windows(), report.started_at, environment(), (level(RequestRate(100), planned=True),))
    written = opened.to_dict()["levels"][0]["models"]

    assert [model["planned"]["average_us"] for model in written] == [5000, 9000]


def test_in_the_export_a_request_has_the_name_of_its_model():
    answered = Answered(100, json_of({"IN": 7}), (110,), ({"OUT": 0},), model="a")
    exported = json.loads(export_text([Experiment(Concurrency(1), [answered], [90, 300])]))

    assert exported["experiments"][0]["requests"][0]["model"] == "a"
