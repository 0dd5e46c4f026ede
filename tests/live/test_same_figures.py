"""The files of perf_analyzer and of loadgen about the same work on the same real Triton hold the same figures."""

import csv
import json
from pathlib import Path
from statistics import fmean

import pytest

from loadgen.units import NS_PER_MS
from tests.live.side_by_side import OURS, THEIRS, run_tool

pytestmark = pytest.mark.live

LINE = "-m 50ms -i grpc --concurrency-range 2 -p 400 --verbose-csv -f out.csv --profile-export-file out.json"
# Two in flight at a model that takes 50 ms, one at a time. A busy machine is late by some milliseconds now and then.
NOISE = 0.15
NOISE_US = 2000


@pytest.fixture(scope="module")
def files(slow, tmp_path_factory) -> list[Path]:
    """Return the folders of the two tools, perf_analyzer's first."""
    folder = tmp_path_factory.mktemp("same_figures")
    finished = [run_tool(tool, LINE, server=slow, folder=folder) for tool in (THEIRS, OURS)]
    for done, _ in finished:
        assert done.returncode == 0, done.stderr
    return [own for _, own in finished]


def test_every_column_of_the_csv_file(files):
    theirs, ours = (next(csv.DictReader((folder / "out.csv").read_text().splitlines())) for folder in files)

    assert list(ours) == list(theirs)
    for name in theirs:
        absolute = 0 if name in ("Concurrency", "Inferences/Second") else NOISE_US
        assert float(ours[name]) == pytest.approx(float(theirs[name]), rel=NOISE, abs=absolute), name
    assert float(ours["Inferences/Second"]) == pytest.approx(20, rel=NOISE)


def test_the_requests_of_the_export(files):
    theirs, ours = (json.loads((folder / "out.json").read_text())["experiments"][0] for folder in files)

    for experiment in (theirs, ours):
        latencies_ns = [one["response_timestamps"][-1] - one["timestamp"] for one in experiment["requests"]]
        assert fmean(latencies_ns) / NS_PER_MS == pytest.approx(100, rel=NOISE)
        # A request belongs to the window in which it ends; the windows follow one another.
        begin_ns, *_, end_ns = experiment["window_boundaries"]
        assert all(begin_ns <= one["response_timestamps"][-1] <= end_ns for one in experiment["requests"])
    assert len(ours["requests"]) == pytest.approx(len(theirs["requests"]), rel=2 * NOISE)
