"""The traces of a real Triton, switched on for a run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tritonclient.grpc import InferenceServerClient

from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

MODEL = "mnist-onnx"
TRACES = 5


def settings_of(server: TritonServer) -> dict[str, object]:
    with InferenceServerClient(server.grpc_url) as client:
        return client.get_trace_settings(as_json=True)["settings"]


def run(server: TritonServer, protocol: str, *options: str) -> subprocess.CompletedProcess[str]:
    url = server.http_url if protocol == "http" else server.grpc_url
    words = ["-m", MODEL, "-i", protocol, "-u", url, "--request-count", "20", *options]
    command = [sys.executable, "-m", "loadgen", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_a_run_is_traced_and_the_settings_are_restored(tmp_path: Path):
    file = tmp_path / "trace.json"
    with TritonServer(MODEL_REPOSITORY, extra_args=[f"--trace-config=triton,file={file}"]) as server:
        before = settings_of(server)
        for protocol in ("grpc", "http"):
            options = ["--trace-level", "TIMESTAMPS", "--trace-rate", "1", "--trace-count", str(TRACES)]
            finished = run(server, protocol, *options)
            assert finished.returncode == 0, finished.stderr
            assert settings_of(server) == before
    traces = {trace["id"] for path in tmp_path.iterdir() for trace in json.loads(path.read_text())}
    assert len(traces) == 2 * TRACES


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_a_server_without_a_trace_file_says_so(triton: TritonServer, protocol: str):
    finished = run(triton, protocol, "--trace-level", "TIMESTAMPS", "--trace-level", "TENSORS")
    url = triton.http_url if protocol == "http" else triton.grpc_url
    assert finished.returncode == 99
    assert finished.stderr == (
        f"loadgen: the server at {url} does not trace as it is told: Attempting to set invalid trace setting :trace"
        " file name is not given; a Triton has to be started with --trace-config triton,file=FILE\n"
    )
