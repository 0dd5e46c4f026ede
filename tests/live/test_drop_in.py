"""The same command line for the real perf_analyzer and for loadgen-perf-analyzer, on the same real Triton."""

import csv
import json
import re

import pytest

from tests.live.side_by_side import OURS, THEIRS, run_tool

pytestmark = pytest.mark.live


@pytest.fixture
def run(triton, tmp_path):
    """Return a function that runs a tool with its own folder to write into."""

    return lambda tool, line: run_tool(tool, f"-m mnist-onnx {line}", server=triton, folder=tmp_path)


def banner(done):
    text, _, _ = done.stdout.partition("Request concurrency")
    return text.replace("Using synchronous", "Using asynchronous")  # ours are, always


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="nothing"),
        pytest.param("-i grpc --percentile 95", id="a percentile over gRPC"),
        pytest.param("--concurrency-range 2:4:2", id="a range"),
        pytest.param("--concurrency-range 2:1", id="an end of 1"),
        pytest.param("--concurrency-range 1:2 --binary-search -l 1000", id="a binary search"),
        pytest.param("--measurement-mode count_windows --measurement-request-count 60", id="windows of requests"),
        pytest.param("--request-count 20", id="a number of requests"),
        # Of a single request perf_analyzer may find no trace yet in the statistics of the server, and gives up.
        pytest.param("--warmup-request-count 1 --request-count 20", id="some requests after a single one"),
        pytest.param("--input-data zero --service-kind triton stray", id="zeros and a stray word"),
    ],
)
def test_the_banner_and_the_exit_code_are_perf_analyzers(run, line):
    theirs, _ = run(THEIRS, line)
    ours, _ = run(OURS, line)
    assert (ours.returncode, banner(ours)) == (theirs.returncode, banner(theirs)), theirs.stderr


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="as it is"),
        pytest.param("--verbose-csv", id="with more columns"),
        pytest.param("--verbose-csv --percentile 80 -i grpc", id="with a percentile"),
        pytest.param("--concurrency-range 1:2", id="of two levels"),
    ],
)
def test_the_csv_file_has_perf_analyzers_columns_and_types(run, line):
    theirs, ours = (rows(run(tool, f"{line} -f out.csv")) for tool in (THEIRS, OURS))
    assert ours[0] == theirs[0]
    assert [[kind_of(cell) for cell in row] for row in ours[1:]] == [
        [kind_of(cell) for cell in row] for row in theirs[1:]
    ]


def rows(finished):
    done, folder = finished
    assert done.returncode == 0, done.stderr
    with (folder / "out.csv").open(newline="") as file:
        return list(csv.reader(file))


def kind_of(cell):
    """Return the form of a cell; a rate that happens to be whole is a rate all the same."""
    return "number" if re.fullmatch(r"\d+(\.\d+)?", cell) else cell


@pytest.mark.parametrize("line", ["", "-i grpc --streaming"], ids=["over HTTP", "in streams over gRPC"])
def test_the_export_has_the_form_of_perf_analyzers(run, line):
    # Zeros: of random numbers some are no numbers to perf_analyzer, and its file then remains empty.
    export = "--input-data zero --request-count 4 --profile-export-file out.json"
    theirs, ours = (exported(run(tool, f"{line} {export}")) for tool in (THEIRS, OURS))
    assert form_of(ours) == form_of(theirs)
    (experiment,) = ours["experiments"]
    assert len(experiment["requests"]) == 4
    for request in experiment["requests"]:
        assert request["timestamp"] < request["response_timestamps"][0]


def test_the_command_line_of_genai_perf_is_taken_as_it_is(run, tmp_path):
    image = {"input.1": {"content": [0.5] * 784, "shape": [1, 1, 28, 28]}}
    (tmp_path / "inputs.json").write_text(json.dumps({"data": [image, image]}))
    line = (
        "--async --warmup-request-count 10 --stability-percentage 999 --request-count 10 -i grpc --streaming "
        "--concurrency-range 2 --service-kind triton --input-data ../inputs.json --profile-export-file out.json"
    )
    theirs, ours = (exported(run(tool, line)) for tool in (THEIRS, OURS))
    assert form_of(ours) == form_of(theirs)
    assert [len(export["experiments"][0]["requests"]) for export in (theirs, ours)] == [10, 10]


def exported(finished):
    done, folder = finished
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text())


def form_of(value):
    """Return a value with types in place of figures, and one element for a list."""
    if isinstance(value, dict):
        return {key: form_of(part) for key, part in value.items()}
    if isinstance(value, list):
        return [form_of(part) for part in value[:1]]
    return type(value).__name__


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-b 0", id="a wrong number"),
        pytest.param("--concurrency-range 1:0", id="a range without an end or a limit"),
        pytest.param("--binary-search --concurrency-range 1:4", id="a binary search without a limit"),
        pytest.param("--binary-search --concurrency-range 4 -l 5", id="a binary search without an end"),
        pytest.param("--request-count 3 --concurrency-range 4", id="fewer requests than are in flight"),
        pytest.param("--request-count 9 --concurrency-range 1:4", id="so many requests at several levels"),
        pytest.param("--sync --async", id="both ways of calling"),
        pytest.param("--streaming", id="streams over HTTP"),
        pytest.param("--service-kind none", id="a kind of server that is none"),
        pytest.param("--input-data none", id="input data that is not there"),
        pytest.param("--measurement-mode none", id="a mode that is none"),
        pytest.param("-t 2 --concurrency-range 2", id="two ranges"),
        pytest.param("--session-concurrency 2", id="sessions"),
    ],
)
def test_what_perf_analyzer_refuses_is_refused(run, line):
    theirs, _ = run(THEIRS, line)
    ours, _ = run(OURS, line)
    assert (theirs.returncode, ours.returncode) == (99, 99)
    assert (ours.stdout, ours.stderr.count("\n")) == ("", 1)


def test_our_own_document_is_written_besides(run):
    done, folder = run(OURS, "-f out.csv --json out.json")
    assert done.returncode == 0, done.stderr
    (level,) = json.loads((folder / "out.json").read_text())["levels"]
    assert (level["load"]["mode"], level["load"]["value"]) == ("concurrency", 1)
    assert rows((done, folder))[1][1] == f"{level['throughput']:g}"
