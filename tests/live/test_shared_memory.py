"""System shared memory on the real Triton: the right outputs, and nothing left behind however a run ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from tritonclient.grpc import InferenceServerClient, service_pb2

import loadgen
from loadgen import Concurrency, ConfigError, InferenceError, Inputs, Transport, TritonServer, Windows
from loadgen.load.region import Region
from loadgen.profile.client import encoder_for
from loadgen.triton.control import control_plane
from loadgen.triton.shared_memory import region_name
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

MODEL = "mnist-onnx-batch"
SHORT = Windows(length_s=0.1, tolerance=9.0)
PATIENCE_S = 30.0


@pytest.fixture
def regions(triton: TritonServer) -> Iterator["Regions"]:
    """What the server knows of, beside a region of another client, which is there all the time."""
    with InferenceServerClient(triton.grpc_url) as client:
        regions = Regions(client)
        yield regions
        client.unregister_system_shared_memory("theirs")
        Path("/dev/shm/loadgen-test-theirs").unlink()


class Regions:
    def __init__(self, client: InferenceServerClient) -> None:
        self._client = client
        Path("/dev/shm/loadgen-test-theirs").write_bytes(bytes(64))
        client.register_system_shared_memory("theirs", "/loadgen-test-theirs", 64)

    def ours(self) -> list[str]:
        names = set(self._client.get_system_shared_memory_status().regions)
        assert "theirs" in names, "other clients' regions are none of our business"
        return sorted(names - {"theirs"})

    def wait_for(self, count: int) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while len(self.ours()) != count:
            assert time.monotonic() < end_s, f"there are still {self.ours()}"
            time.sleep(0.01)


def files_of(pid: int) -> list[str]:
    return [file.name for file in Path("/dev/shm").glob(f"loadgen-{pid}-*")]


TRANSPORTS = [
    pytest.param("grpc", {}, id="gRPC"),
    pytest.param("grpc", {"compression": "gzip"}, id="gRPC, compressed"),
    pytest.param("grpc", {"client": "grpcio"}, id="grpcio"),
    pytest.param("http", {}, id="HTTP"),
]


@pytest.mark.parametrize(("protocol", "options"), TRANSPORTS)
def test_a_run_shares_its_tensors_and_leaves_nothing_behind(triton, regions, protocol: str, options):
    target, transport = triton.target(MODEL, protocol=protocol), Transport(shared_memory="system", **options)
    report = loadgen.run(target, Concurrency(2), windows=SHORT, inputs=Inputs(batch_size=2), transport=transport)
    assert report.request_count > 4
    assert report.failures == {}
    assert regions.ours() == []
    assert files_of(os.getpid()) == []


def test_the_outputs_are_right(triton: TritonServer):
    """Ask as a load does, and look into the memory afterwards, which a load does not."""
    target, transport = triton.target(MODEL), Transport(shared_memory="system")
    digits = np.random.default_rng(7).normal(0, 3, (2, 1, 28, 28)).astype(np.float32)
    with control_plane(target) as control:
        model = control.describe()
        region = Region(region_name(), model, batch_size=2, output_size=0)
        request = encoder_for(target, transport, model, region=region)({"input.1": digits})
        memory = bytearray(region.byte_size)
        for offset, tensor in region.tensors:
            memory[offset : offset + len(tensor)] = tensor
        file = Path("/dev/shm", region.name)
        file.write_bytes(memory)
        try:
            control.register_region(region.name, region.byte_size)
            with InferenceServerClient(triton.grpc_url) as client:
                message = service_pb2.ModelInferRequest.FromString(request.body[5:])
                assert not message.raw_input_contents
                reply = client._client_stub.ModelInfer(message)
            assert not any(reply.raw_output_contents)
            shared = file.read_bytes()
        finally:
            control.unregister_region(region.name)
            file.unlink()
    place = region.output("predictions")
    given = np.frombuffer(shared, "<f4", place["shared_memory_byte_size"] // 4, place["shared_memory_offset"])
    session = ort.InferenceSession(MODEL_REPOSITORY / MODEL / "1" / "model.onnx", providers=["CPUExecutionProvider"])
    (right,) = session.run(["predictions"], {"input.1": digits})
    np.testing.assert_allclose(given.reshape(2, -1), right, rtol=0, atol=1e-4)


def test_a_run_that_fails_leaves_nothing_behind(triton, regions):
    transport = Transport(shared_memory="system", request_timeout_s=1e-6)
    with pytest.raises(InferenceError):
        loadgen.run(triton.target(MODEL), Concurrency(2), windows=SHORT, transport=transport)
    assert regions.ours() == []
    assert files_of(os.getpid()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_a_process_that_is_stopped_leaves_nothing_behind(triton, regions, number: int):
    words = ["-m", MODEL, "-u", triton.grpc_url, "-p", "60000", "--shared-memory", "system"]
    with subprocess.Popen([sys.executable, "-m", "loadgen", *words], stdout=subprocess.DEVNULL) as process:
        regions.wait_for(1)
        process.send_signal(number)
    regions.wait_for(0)
    assert files_of(process.pid) == []


def test_a_run_that_is_exported_has_no_outputs_in_its_document(triton, tmp_path, regions):
    words = ["-m", MODEL, "-i", "http", "-u", triton.http_url, "-p", "100", "-s", "999", "--shared-memory", "system"]
    path = tmp_path / "export.json"
    command = [sys.executable, "-m", "loadgen", *words, "--profile-export-file", str(path)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE_S)
    requests = json.loads(path.read_text())["experiments"][0]["requests"]
    assert len(requests) > 4
    assert {json.dumps(request["response_outputs"]) for request in requests} == {"[{}]"}
    assert list(requests[0]["request_inputs"]) == ["input.1"]


def test_outputs_cannot_be_compared_in_shared_memory(triton, regions):
    arrays = [{"input.1": np.zeros((1, 28, 28), np.float32), "predictions": np.zeros(10, np.float32)}]
    transport = Transport(shared_memory="system")
    with pytest.raises(ConfigError, match=r"they cannot be compared with the validation data$"):
        loadgen.run(triton.target(MODEL), Concurrency(1), inputs=Inputs(arrays=arrays), transport=transport)
