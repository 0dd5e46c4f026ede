"""Request rates on the real Triton, next to the real perf_analyzer."""

import asyncio
import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import loadgen
from loadgen import LoadShape, RequestIntervals, RequestRate, Target, Transport, Windows
from loadgen.report import text
from loadgen.units import ms

pytestmark = pytest.mark.live

FOLDER = Path(sys.executable).parent
THEIRS, OURS = str(FOLDER / "perf_analyzer"), str(FOLDER / "loadgen-perf-analyzer")
# Zeros: of random numbers some are no numbers to perf_analyzer, and its export then remains empty.
SHORT = ["-p", "200", "-s", "99999", "-r", "3", "--input-data", "zero"]
FILES = ["-f", "out.csv", "--profile-export-file", "out.json"]


@pytest.fixture
def run(triton, tmp_path):
    """Return a function that runs a tool over gRPC in a folder of its own, and returns its output and the folder."""

    def run(tool, line):
        folder = tmp_path / Path(tool).name
        folder.mkdir(exist_ok=True)
        command = [tool, "-m", "mnist-onnx", "-i", "grpc", "-u", triton.grpc_url, *SHORT, *FILES, *line.split()]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout, folder

    return run


# Intervals end with an exit code of 0 and without files when they are unstable: one is enough to compare with.
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("--async --request-rate-range 100:200:100", id="a range"),
        pytest.param("--async --request-rate-range 100 --request-distribution poisson -l 900", id="poisson"),
        pytest.param("--async --request-intervals ../intervals", id="intervals"),
    ],
)
def test_what_is_printed_and_written_has_the_form_of_perf_analyzers(run, tmp_path, line):
    (tmp_path / "intervals").write_text("5000\n10000\n15000\n")
    theirs, ours = (run(tool, line) for tool in (THEIRS, OURS))

    assert shape_of(ours[0], without=("Requests per second", "Sent late by", "Latency from")) == shape_of(theirs[0])
    their_rows, our_rows = (rows(folder) for _, folder in (theirs, ours))
    assert [row[0] for row in our_rows] == [row[0] for row in their_rows]
    assert our_rows[0] == their_rows[0]
    for their_level, our_level in zip(experiments(theirs[1]), experiments(ours[1]), strict=True):
        assert our_level["experiment"] == their_level["experiment"]
        assert isinstance(our_level["experiment"]["value"], float)


def shape_of(output, *, without=()):
    """Return the lines without their figures, and none of those that are ours alone, or about delays."""
    ours_alone = (*without, "Avg send request rate", "[WARNING]", "Stabilizing using")
    lines = (line for line in output.splitlines() if not line.strip().startswith(ours_alone))
    return [re.sub(r"\d+(\.\d+)?", "N", line).split(" ")[:6] for line in lines if line]


def rows(folder):
    with (folder / "out.csv").open(newline="") as file:
        return list(csv.reader(file))


def experiments(folder):
    return json.loads((folder / "out.json").read_text())["experiments"]


@pytest.mark.parametrize(
    ("protocol", "transport"),
    [
        pytest.param("grpc", Transport(), id="gRPC"),
        pytest.param("http", Transport(), id="HTTP"),
        pytest.param("grpc", Transport(streaming=True), id="streams"),
        pytest.param("grpc", Transport(client="grpcio"), id="grpcio"),
    ],
)
def test_a_rate_is_kept(triton, protocol, transport):
    url = triton.grpc_url if protocol == "grpc" else triton.http_url
    report = loadgen.run(
        Target(url, "mnist-onnx", protocol=protocol),
        RequestRate(200, arrivals="poisson", seed=7),
        windows=Windows(length_s=0.3, at_most=3),
        transport=transport,
    )

    planned = report.level.summary.planned
    assert report.level.load.per_second == 200
    assert report.failures == {}
    # 180 Poisson arrivals vary by 7 % (one standard deviation); their number is the plan's, so the same in each run.
    assert planned.sent_per_s == pytest.approx(200, rel=0.3)
    assert planned.percentiles_ns[50] >= report.level.summary.percentiles_ns[50]


def test_intervals_are_kept(triton):
    report = loadgen.run(
        Target(triton.grpc_url, "mnist-onnx"),
        RequestIntervals((ms(2), ms(8))),
        windows=Windows(length_s=0.3, at_most=3),
    )

    assert report.level.summary.planned.sent_per_s == pytest.approx(200, rel=0.1)


def test_a_stall_shows_in_the_latency_from_the_plan_and_is_told_in_words(triton):
    """The server stands still for 0.3 s of 1.5 s. With 4 in flight at most, 4 of 750 requests see it from the send."""
    target, load = Target(triton.grpc_url, "mnist-onnx"), RequestRate(500, max_in_flight=4)
    windows = Windows(length_s=1.5, at_most=1)

    async def main():
        measured = asyncio.ensure_future(loadgen.run_async(target, load, windows=windows))
        loop = asyncio.get_running_loop()
        loop.call_later(0.6, os.kill, triton.pid, signal.SIGSTOP)
        loop.call_later(0.9, os.kill, triton.pid, signal.SIGCONT)
        return await measured

    level = asyncio.run(main()).level

    assert level.summary.planned.percentiles_ns[99] > ms(150)
    assert level.summary.percentiles_ns[99] < ms(100)
    assert level.summary.planned.sends.delayed["in-flight limit"] > 50
    (sentence,) = (line.strip() for line in text.level(level).splitlines() if "left out there" in line)
    assert sentence.startswith("Request Rate 500: p99 is ")
    assert "Requests waited before it, for the in-flight limit" in sentence


def test_a_load_that_changes_has_a_line_for_each_second(triton):
    report = loadgen.run(Target(triton.grpc_url, "mnist-onnx"), LoadShape("hold 50/s for 1s, spike 200/s for 1s"))

    assert report.stable
    assert report.request_count == 250, "all of it, whatever the windows"
    lines = [line.split() for line in text.level(report.level).split("Timeline:")[1].splitlines()[2:4]]
    assert [int(due) for _, due, *_ in lines] == pytest.approx([50, 200], abs=5)


def test_the_highest_rate_below_a_latency_is_found(triton):
    """Between 40 per second, which is leisure, and 40 000, of which the model does not do a tenth."""
    command = [OURS, "-m", "mnist-onnx", "-i", "grpc", "-u", triton.grpc_url, "-p", "150", "-s", "999", "-r", "3"]
    search = ["--find-max", "avg<50ms", "--request-rate-range", "40:40000"]
    done = subprocess.run([*command, *search], capture_output=True, text=True, check=False, timeout=120)

    answer = re.search(r"Request Rate (\d+) is the highest level that holds avg<50ms; (\d+) does not", done.stdout)
    assert done.returncode == 0, done.stderr
    assert answer is not None, done.stdout
    assert 40 <= int(answer[1]) < int(answer[2]) < 20_000
