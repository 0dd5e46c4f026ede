"""Models that are composed of others, on the real Triton: what is told of them beside what perf_analyzer tells."""

import json
from functools import partial

import pytest

from loadgen.triton.server import TritonServer
from tests.live.composed_models import write_caller, write_double, write_ensemble
from tests.live.side_by_side import OURS, THEIRS, csv_headers_in, form_of, run_tool

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def triton(tmp_path_factory):
    repository = tmp_path_factory.mktemp("composed")
    for name in ("first", "second"):
        write_double(repository, name)
    write_ensemble(repository, "inner", steps=["first", "second"])
    write_ensemble(repository, "outer", steps=["inner", "first"])
    write_caller(repository, "caller", calls=["first", "second"])
    with TritonServer(repository) as server:
        yield server


@pytest.fixture
def run(triton, tmp_path):
    """Return a function that runs a tool with its own folder to write into."""

    return partial(run_tool, server=triton, folder=tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-m outer -f out.csv", id="an ensemble within an ensemble"),
        pytest.param(
            "-m caller --bls-composing-models first,second:1 -i grpc -f out.csv --concurrency-range 1:2",
            id="a model that calls others",
        ),
    ],
)
def test_output_and_files_are_those_of_perf_analyzer(run, line):
    (theirs, their_folder), (ours, our_folder) = run(THEIRS, line), run(OURS, line)

    assert (ours.returncode, form_of(ours.stdout)) == (theirs.returncode, form_of(theirs.stdout)), theirs.stderr
    assert csv_headers_in(our_folder) == csv_headers_in(their_folder)
    assert len(csv_headers_in(our_folder)) == 3


def test_each_composing_model_has_as_many_requests_as_the_ensemble(run):
    done, folder = run(OURS, "-m outer --request-count 20 --json out.json")
    assert done.returncode == 0, done.stderr
    (level,) = json.loads((folder / "out.json").read_text())["levels"]
    first, inner = level["server"]["composing_models"]
    nested_first, second = inner["server"]["composing_models"]

    assert [part["model"] for part in (first, inner, nested_first, second)] == ["first", "inner", "first", "second"]
    counts = [part["server"]["success"]["count"] for part in (first, inner, nested_first, second)]
    assert counts == [40, 20, 40, 20]  # Two of its three steps are the same model.


def test_a_composing_model_that_is_not_asked_is_told_as_such(run):
    done, _ = run(OURS, "-m caller --bls-composing-models inner")
    assert done.returncode == 0, done.stderr
    assert "  Composing models: \n  inner, version: 1\n      Request count: 0\n" in done.stdout


def test_a_composing_model_that_is_not_there_is_named_before_anything_is_sent(run):
    done, _ = run(OURS, "-m caller --bls-composing-models first,nobody")
    assert (done.returncode, done.stdout) == (99, "")
    assert ' does not serve model "nobody": ' in done.stderr
