"""A sequence model of the real Triton, which tells what came to it, over every protocol and from the library."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import loadgen
from loadgen import Concurrency, Inputs, Sequences, Target
from loadgen.triton.server import TritonServer
from tests.live.sequence_models import Diary, Entry, write_adder
from tests.live.side_by_side import OURS, THEIRS, form_of, run_tool

pytestmark = pytest.mark.live

STREAMS = '{"data": [[{"number": [1]}, {"number": [2]}, {"number": [3]}], [{"number": [10]}, {"number": [20]}]]}'


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sequences")


@pytest.fixture(scope="module")
def diary(repository: Path) -> Diary:
    return write_adder(repository)


@pytest.fixture(scope="module")
def triton(repository: Path, diary: Diary) -> Iterator[TritonServer]:
    with TritonServer(repository) as server:
        yield server


def sequences_in(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return the sequences; each begins and ends as it should, and none is left open."""
    whole, is_open = [], dict[int, list[Entry]]()
    for entry in entries:
        assert entry.is_first == (entry.sequence not in is_open), entry
        is_open.setdefault(entry.sequence, []).append(entry)
        if entry.is_last:
            whole.append(is_open.pop(entry.sequence))
    assert not is_open
    return whole


@pytest.mark.parametrize(
    "protocol",
    ["-i http", "-i http --input-tensor-format json", "-i grpc", "-i grpc --streaming", "-i grpc --client grpcio"],
)
def test_each_sequence_carries_a_stream_from_its_start_to_its_end(
    triton: TritonServer, diary: Diary, tmp_path: Path, protocol: str
):
    """Whatever is sent, the model adds it up, and the sums are those that the file expects."""
    sums = '"validation_data": [[{"sum": [1]}, {"sum": [3]}, {"sum": [6]}], [{"sum": [10]}, {"sum": [30]}]]'
    (tmp_path / "streams.json").write_text(f"{STREAMS[:-1]}, {sums}}}")
    diary.new()
    line = f"-m adder {protocol} --input-data ../streams.json --concurrency-range 1:3:2 -p 50"
    done, _ = run_tool(OURS, line, server=triton, folder=tmp_path)
    assert done.returncode == 0, done.stderr

    *whole, _one, _two, _three = sequences = sequences_in(diary.new())

    numbers = Counter(tuple(entry.number for entry in sequence) for sequence in whole)
    assert {(1, 2, 3), (10, 20)} <= set(numbers)
    # Those that the change of the level, or the end, found open are ended by one more request, with the same data.
    early = [sequence for sequence in sequences if len(sequence) > 1 and sequence[-1].number == sequence[-2].number]
    assert len(early) <= 1 + 3
    others = sum(count for numbers, count in numbers.items() if numbers not in {(1, 2, 3), (10, 20)})
    assert others <= 1 + 3


@pytest.mark.parametrize("protocol", ["-i http", "-i grpc", "-i grpc --streaming"])
def test_every_step_of_a_stream_is_read_from_its_place_in_shared_memory(
    triton: TritonServer, diary: Diary, tmp_path: Path, protocol: str
):
    (tmp_path / "streams.json").write_text(STREAMS)
    diary.new()
    line = f"-m adder {protocol} --input-data ../streams.json --shared-memory system -p 50"
    done, _ = run_tool(OURS, line, server=triton, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    *whole, _last = sequences_in(diary.new())
    assert {tuple(entry.number for entry in sequence) for sequence in whole} == {(1, 2, 3), (10, 20)}


def test_the_output_has_the_form_of_perf_analyzer_and_the_export_its_ids(triton: TritonServer, tmp_path: Path):
    (tmp_path / "streams.json").write_text(STREAMS)
    line = "-m adder -i grpc --async --input-data ../streams.json --concurrency-range 2 --sequence-length 4"
    line += " --sequence-id-range 100:1000 --profile-export-file out.json"
    (theirs, their_folder), (ours, our_folder) = (
        run_tool(tool, line, server=triton, folder=tmp_path) for tool in (THEIRS, OURS)
    )
    assert (ours.returncode, form_of(ours.stdout)) == (theirs.returncode, form_of(theirs.stdout)), theirs.stderr

    for folder in (their_folder, our_folder):
        (experiment,) = json.loads((folder / "out.json").read_text())["experiments"]
        requests = sorted(experiment["requests"], key=lambda request: request["timestamp"])
        assert {100, 101} < {request["sequence_id"] for request in requests} <= set(range(100, 1000))
        of_one = [request for request in requests if request["sequence_id"] == 102]
        assert {b["request_inputs"]["number"] for b in of_one} in ({1, 2, 3}, {10, 20})
        ends = [a["response_timestamps"][0] <= b["timestamp"] for a, b in pairwise(of_one)]
        assert all(ends), "one request of a sequence is in flight at a time"


@pytest.mark.parametrize(
    "line",
    [
        "-i grpc --request-rate-range 300:600:300 --num-of-sequences 3",
        "-i http --request-rate-range 200 --serial-sequences --warmup-request-count 5",
        "-i grpc --streaming --concurrency-range 3 --max-request-rate 400",
    ],
    ids=["more than they can bear", "one after the other", "a ceiling"],
)
def test_sequences_at_a_rate_are_in_order_and_none_is_left_open(
    triton: TritonServer, diary: Diary, tmp_path: Path, line: str
):
    """Whatever is due, a sequence has one request in flight."""
    diary.new()
    done, folder = run_tool(
        OURS, f"-m adder {line} --sequence-length 3 --json out.json", server=triton, folder=tmp_path
    )
    assert done.returncode == 0, done.stderr

    assert len(sequences_in(diary.new())) > 10
    for level in json.loads((folder / "out.json").read_text())["levels"]:
        assert 0 < level["sequence_count"] <= level["request_count"]
        assert level["mean_in_flight"] <= 4


@pytest.mark.parametrize(
    "load", ["--concurrency-range 50", "--request-rate-range 5000 --num-of-sequences 50"], ids=["closed", "open"]
)
def test_more_sequences_than_the_server_takes_at_a_time_are_ended_one_after_the_other(
    triton: TritonServer, diary: Diary, tmp_path: Path, load: str
):
    """It takes 16, and lets go of those that are silent for a second, which none has to be."""
    diary.new()
    line = f"-m adder -i grpc {load} --sequence-length 4"
    done, _ = run_tool(OURS, line, server=triton, folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(sequences_in(diary.new())) >= 50


def test_the_library_counts_what_ended_in_the_windows(triton: TritonServer, diary: Diary):
    """After a warm-up of one sequence and a part of another, 45 requests are nine sequences of 5."""
    target = Target(triton.grpc_url, "adder")
    diary.new()
    report = loadgen.run(
        target,
        Concurrency(1),
        request_count=45,
        warmup_request_count=6,
        sequences=Sequences(length=5, length_variation=0.0),
        inputs=Inputs(arrays=[{"number": np.array([7], np.int32)}]),
    )

    measured, warm_up = report.level.summary, diary.new()[: 6 + 1]
    assert [len(sequence) for sequence in sequences_in(warm_up)] == [5, 2], "the warm-up leaves none open"
    assert (measured.request_count, measured.sequence_count) == (45, 9)
    assert measured.server is not None
    assert measured.server.success.count == 45


def test_a_request_that_fails_takes_its_sequence_with_it(triton: TritonServer, diary: Diary, tmp_path: Path):
    """Every second step has an answer that is not the expected one, after which another sequence begins."""
    wrong = '"validation_data": [[{"sum": [1]}, {"sum": [99]}, {"sum": [6]}]]'
    (tmp_path / "streams.json").write_text(
        f'{{"data": [[{{"number": [1]}}, {{"number": [2]}}, {{"number": [3]}}]], {wrong}}}'
    )
    line = "-m adder -i grpc --input-data ../streams.json --max-error-rate 60% --request-count 20"
    done, _ = run_tool(OURS, line, server=triton, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert [entry.number for entry in diary.new()][-20:] == [1, 2] * 10


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-b 2", '-b 2: a request to "adder", a sequence model, is of batch size 1'),
        (
            "--request-rate-range 10 --sequence-id-range 1:3 --num-of-sequences 3",
            "--sequence-id-range 1:3: there are to be 3 sequences at a time, by --num-of-sequences",
        ),
    ],
)
def test_what_a_sequence_model_does_not_take_is_refused(triton: TritonServer, tmp_path: Path, line: str, words: str):
    done, _ = run_tool(OURS, f"-m adder -i grpc {line}", server=triton, folder=tmp_path)

    assert (done.returncode, done.stdout) == (99, "")
    assert words in done.stderr
