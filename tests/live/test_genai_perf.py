"""NVIDIA's genai-perf reads what loadgen exports, as it reads the export of the real perf_analyzer."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadgen.triton.server import TritonServer
from loadgen.units import NS_PER_MS, NS_PER_US
from tests.live.consumers import PROGRAMS, needs_consumers
from tests.live.side_by_side import OURS, THEIRS

pytestmark = [pytest.mark.live, needs_consumers]

CONFIG = """
    name: "words" backend: "python"
    model_transaction_policy { decoupled: true }
    input { name: "text_input" data_type: TYPE_STRING dims: [ 1 ] }
    output { name: "text_output" data_type: TYPE_STRING dims: [ 1 ] }
"""
# Says a text word by word, as a language model does, and then that this was all.
MODEL = """
import time

import numpy as np
import triton_python_backend_utils as pb_utils

DELAY_MS = {delay_ms}


class TritonPythonModel:
    def execute(self, requests):
        for request in requests:
            text = pb_utils.get_input_tensor_by_name(request, "text_input").as_numpy()[0].decode()
            sender = request.get_response_sender()
            for word in text.split():
                time.sleep(DELAY_MS / 1000)
                answer = np.array([" " + word], object)
                sender.send(pb_utils.InferenceResponse([pb_utils.Tensor("text_output", answer)]))
            sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
"""
DELAY_MS = 30


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    folder = tmp_path_factory.mktemp("words") / "words"
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(CONFIG)
    (folder / "1" / "model.py").write_text(MODEL.format(delay_ms=DELAY_MS))
    with TritonServer(folder.parent) as server:
        yield server


def run(tool: str, line: str, *, folder: Path) -> Path:
    """Run a tool like genai-perf does, and return the file that it exports."""
    export = f"{Path(tool).name}.json"
    done = subprocess.run(
        [tool, *line.split(), "--profile-export-file", export],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return folder / export


def statistics(kind: str, export: Path) -> dict:
    """Return what genai-perf makes of a file, by level."""
    script = Path(__file__).with_name("genai_perf_statistics.py")
    done = subprocess.run(
        [PROGRAMS / "python", script, kind, export], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_reads_the_tokens_of_a_stream_as_from_perf_analyzer(words, tmp_path):
    texts = ["one two three four", "five six"]
    (tmp_path / "inputs.json").write_text(json.dumps({"data": [{"text_input": [text]} for text in texts]}))
    line = (
        f"-m words --async -u {words.grpc_url} -i grpc --streaming --stability-percentage 999 --request-count 4 "
        "--concurrency-range 1 --service-kind triton --input-data inputs.json"
    )
    theirs, ours = (statistics("llm", run(tool, line, folder=tmp_path))["concurrency 1"] for tool in (THEIRS, OURS))

    assert ours.keys() == theirs.keys()
    for figure in ("request_count", "input_sequence_length", "output_sequence_length"):
        assert ours[figure] == theirs[figure]
    for figure in ("time_to_first_token", "time_to_second_token", "inter_token_latency"):
        # Of the request before which the machine was busy, nothing is said here.
        assert ours[figure]["min"] / NS_PER_MS == pytest.approx(DELAY_MS, rel=0.1)
        assert ours[figure]["p50"] == pytest.approx(theirs[figure]["p50"], rel=0.5)


def test_it_computes_what_loadgen_says(triton, tmp_path):
    line = "-i http --async --stability-percentage 999 --request-count 40 --concurrency-range 4 --json run.json"
    export = run(OURS, f"-m mnist-onnx -u {triton.http_url} {line}", folder=tmp_path)
    (level,) = json.loads((tmp_path / "run.json").read_text())["levels"]
    figures = statistics("requests", export)["concurrency 4"]

    assert figures["request_count"]["avg"] == level["request_count"] == 40
    # An instant of the export is a little later than what is recorded.
    assert figures["request_throughput"]["avg"] == pytest.approx(level["throughput"], rel=0.05)
    assert figures["request_latency"]["avg"] / NS_PER_US == pytest.approx(level["average_us"], rel=0.05)
