"""The files of a run on the real Triton: CSV and export beside perf_analyzer's own, and the JSON document."""

import asyncio
import csv
import json
import re
import shutil
import subprocess
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

import loadgen
from loadgen import Concurrency, LevelResult, Target, Transport, TritonServer, Windows
from loadgen.compare.tools import perf_analyzer
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.load.input_data import Inputs
from loadgen.measure.results import LevelFinished
from loadgen.measure.search import LinearSearch
from loadgen.profile.capture import Capture
from loadgen.profile.measurement import profile
from loadgen.profile.plan import Plan
from loadgen.report.csv import csv_text
from loadgen.report.environment import environment
from loadgen.report.profile_export import export_text
from loadgen.report.report import Report
from tests.conftest import MODEL_REPOSITORY
from tests.live.test_decoupled import write_counter

pytestmark = pytest.mark.live

# However busy the machine is, every level is stable.
WINDOWS = Windows(length_s=0.3, tolerance=999.0, percentile=80)
ALWAYS_STABLE = ["-p", "250", "-s", "99999", "-r", "3", "--percentile", "80"]


@pytest.fixture(scope="module")
def target(triton: TritonServer) -> Target:
    return Target(triton.grpc_url, "mnist-onnx")


@pytest.fixture(scope="module")
def levels(target: Target) -> list[LevelResult]:
    return [loadgen.run(target, Concurrency(in_flight), windows=WINDOWS).level for in_flight in (1, 2)]


def perf_analyzer_writes(target: Target, option: str, file: Path, *arguments: str) -> str:
    """Run perf_analyzer with an option that names a file, and return what is then in it."""
    command = [*perf_analyzer().command, "-m", target.model, "-u", target.url, "-i", "grpc", *arguments]
    done = subprocess.run([*command, option, str(file)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return file.read_text()


def assert_same_columns_and_types(theirs: str, ours: str) -> None:
    their_header, *their_rows = csv.reader(theirs.splitlines())
    our_header, *our_rows = csv.reader(ours.splitlines())

    assert our_header == their_header
    assert sorted(row[0] for row in our_rows) == sorted(row[0] for row in their_rows)
    assert {types_of(our_header, row) for row in our_rows} == {types_of(their_header, row) for row in their_rows}


@pytest.mark.parametrize("verbose", [False, True], ids=["as it is", "verbose"])
def test_perf_analyzer_writes_the_same_columns_with_the_same_types(target, levels, tmp_path, verbose):
    arguments = ["--concurrency-range", "1:2", *ALWAYS_STABLE, *(["--verbose-csv"] if verbose else [])]
    theirs = perf_analyzer_writes(target, "-f", tmp_path / "theirs.csv", *arguments)

    assert_same_columns_and_types(theirs, csv_text(levels, percentile=80, verbose=verbose))


def test_perf_analyzer_writes_the_same_columns_of_the_response_cache(tmp_path):
    repository = tmp_path / "repository"
    shutil.copytree(MODEL_REPOSITORY / "mnist-onnx", repository / "mnist-onnx")
    with (repository / "mnist-onnx" / "config.pbtxt").open("a") as config:
        config.write("response_cache { enable: true }\n")
    with TritonServer(repository, response_cache_mib=1) as server:
        cached = Target(server.grpc_url, "mnist-onnx")
        theirs = perf_analyzer_writes(cached, "-f", tmp_path / "theirs.csv", *ALWAYS_STABLE)
        ours = csv_text([loadgen.run(cached, Concurrency(1), windows=WINDOWS).level], percentile=80)

    assert "Server Cache Hit,Server Cache Miss" in ours
    assert_same_columns_and_types(theirs, ours)


def types_of(header, row):
    """Return which cells are numbers, and which of them are whole: a rate may be whole by chance."""
    return tuple(
        "rate" if name == "Inferences/Second" and float(cell) > 0 else "whole" if re.fullmatch(r"\d+", cell) else cell
        for name, cell in zip(header, row, strict=True)
    )


def test_the_document_of_a_run_is_valid_and_agrees_with_itself(target, levels):
    schema = json.loads(files("loadgen.report").joinpath("schema.json").read_text(encoding="utf-8"))
    document = Report(target, WINDOWS, datetime.now(UTC), environment(), levels=tuple(levels)).to_dict()
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)

    assert [level["load"]["value"] for level in document["levels"]] == [1, 2]
    for level in document["levels"]:
        count = level["request_count"]
        assert sum(level["histogram"]["counts"]) == count
        assert sum(second["request_count"] for second in level["timeline"]) == count
        assert sum(trial["request_count"] for trial in level["trials"]) == count
        assert level["mean_in_flight"] == pytest.approx(level["load"]["value"], rel=0.2)
        for percentile in level["percentiles"]:
            if percentile["latency_us"] is not None:
                interval = percentile["interval_us"]
                assert interval["low"] <= percentile["latency_us"] <= interval["high"]
        assert level["throughput_interval"]["low"] <= level["throughput"] <= level["throughput_interval"]["high"]
        assert level["server"]["success"]["count"] > 0


async def exported(plan: Plan) -> dict:
    """Measure, and return the export of it, read again."""
    capture = Capture()
    async with aclosing(profile(plan, asyncio.Event(), capture=capture)) as events:
        levels = [event.result async for event in events if isinstance(event, LevelFinished)]
    document = json.loads(export_text(capture.experiments(levels)), parse_constant=pytest.fail)
    assert [len(one["requests"]) for one in document["experiments"]] == [
        sum(trial.request_count for trial in level.trials) for level in levels
    ]
    return document


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_the_export_holds_every_request_with_its_answer(triton, protocol):
    url = triton.grpc_url if protocol == "grpc" else triton.http_url
    plan = Plan(Target(url, "mnist-onnx", protocol=protocol), LinearSearch(1, 2), WINDOWS)
    one, two = run_in_event_loop(exported(plan))["experiments"]

    assert [one["experiment"], two["experiment"]] == [
        {"mode": "concurrency", "value": 1},
        {"mode": "concurrency", "value": 2},
    ]
    for experiment in (one, two):
        begin_ns, *_, end_ns = experiment["window_boundaries"]
        assert len(experiment["window_boundaries"]) == 4
        for request in experiment["requests"]:
            assert len(request["request_inputs"]["input.1"]) == 28 * 28
            (answer,), (answered_ns,) = request["response_outputs"], request["response_timestamps"]
            assert len(answer["predictions"]) == 10
            assert request["timestamp"] < answered_ns
            assert begin_ns <= answered_ns <= end_ns


def test_the_export_has_the_form_of_perf_analyzers(target, tmp_path):
    arguments = ["--input-data", "zero", "--request-count", "5"]
    theirs = json.loads(perf_analyzer_writes(target, "--profile-export-file", tmp_path / "theirs.json", *arguments))
    plan = Plan(target, LinearSearch(1, 1), WINDOWS, inputs=Inputs(generate="zero"), request_count=5)
    ours = run_in_event_loop(exported(plan))

    assert form_of(ours | {"version": ""}) == form_of(theirs | {"version": ""})
    assert len(ours["experiments"][0]["requests"]) == 5


def test_the_export_of_a_decoupled_model_has_every_response_and_the_empty_last_one(tmp_path):
    write_counter(tmp_path / "repository")
    (tmp_path / "inputs.json").write_text('{"data": [{"upto": [3]}, {"upto": [0]}]}')
    with TritonServer(tmp_path / "repository") as server:
        plan = Plan(
            Target(server.grpc_url, "counter"),
            LinearSearch(1, 1),
            inputs=Inputs(files=(str(tmp_path / "inputs.json"),)),
            transport=Transport(streaming=True),
            request_count=4,
        )
        document = run_in_event_loop(exported(plan))
    requests = document["experiments"][0]["requests"]

    assert [request["request_inputs"] for request in requests] == [{"upto": 3}, {"upto": 0}] * 2
    numbers = [[response["number"] for response in request["response_outputs"]] for request in requests]
    assert numbers == [[0, 1, 2, ""], [""]] * 2
    for request in requests:
        instants = [request["timestamp"], *request["response_timestamps"]]
        assert instants == sorted(instants)
        assert len(request["response_timestamps"]) == len(request["response_outputs"])


def form_of(value):
    """Return a JSON value with the type of each number in its place, and of a list the forms that are in it."""
    if isinstance(value, dict):
        return {key: form_of(part) for key, part in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(form_of(part), sort_keys=True) for part in value})
    return value if isinstance(value, str) else type(value).__name__
