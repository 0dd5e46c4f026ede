"""Nothing of a server outlives it, however it ends; and what keeps it from starting is said in one sentence."""

import dataclasses
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loadgen.errors import ConfigError, ServerError
from loadgen.triton import server as server_module
from loadgen.triton.ports import Ports, reserve
from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY
from tests.live import small_models

pytestmark = pytest.mark.live

DEADLINE_S = 60


@dataclass(frozen=True)
class Traces:
    """What a running server has on this machine."""

    keeper: int
    tritonserver: int
    stubs: tuple[int, ...]
    workspace: Path

    def left(self) -> list[str]:
        processes = [str(pid) for pid in (self.keeper, self.tritonserver, *self.stubs) if is_running(pid)]
        regions = [path.name for path in Path("/dev/shm").glob(f"{self.workspace.name}*")]
        return [*processes, *regions, *([str(self.workspace)] if self.workspace.exists() else [])]


def traces_of(tritonserver: int) -> Traces:
    arguments = Path(f"/proc/{tritonserver}/cmdline").read_text().split("\0")
    backends = next(a.partition("=")[2] for a in arguments if a.startswith("--backend-directory="))
    everyone = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    stubs = tuple(pid for pid in everyone if state_and_parent(pid)[1] == tritonserver)
    return Traces(state_and_parent(tritonserver)[1], tritonserver, stubs, Path(backends).parent)


def is_running(pid: int) -> bool:
    """A zombie has ended: only the first process of the machine, whose child it has become, has not looked yet."""
    return state_and_parent(pid)[0] not in "XZ"


def state_and_parent(pid: int) -> tuple[str, int]:
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return state, int(parent)


def wait_for_end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        assert select.select([descriptor], [], [], DEADLINE_S)[0], f"process {pid} goes on"
    finally:
        os.close(descriptor)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    config = """
        name: "total" platform: "onnxruntime_onnx"
        input [ { name: "values" data_type: TYPE_FP32 dims: [ 1, -1 ] } ]
        output [ { name: "total" data_type: TYPE_FP32 dims: [ 1, 1 ] } ]
        instance_group [ { kind: KIND_CPU count: 2 } ]"""
    small_models.write_total(folder, config)
    return folder


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def leave_by_an_error(server: TritonServer, seen: list[Traces]) -> None:
    seen.append(traces_of(server.pid))
    assert len(seen[0].stubs) == 2, "one process for each instance"
    assert len(seen[0].left()) == 1 + 1 + 2 + 2 + 1, "keeper, server, stubs, their shared memory, the workspace"
    raise ZeroDivisionError


def test_leaving_the_block_by_an_error_leaves_nothing_behind(repository):
    seen: list[Traces] = []

    with pytest.raises(ZeroDivisionError), TritonServer(repository) as server:
        leave_by_an_error(server, seen)

    assert seen[0].left() == []
    assert server.pid == 0


def test_a_process_that_is_killed_leaves_nothing_behind(repository):
    program = (
        "import sys; from loadgen.triton.server import TritonServer\n"
        "with TritonServer(sys.argv[1]) as server: print(server.pid, flush=True); server.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(repository)], stdout=subprocess.PIPE) as process:
        traces = traces_of(int(process.stdout.readline()))
        process.kill()

    wait_for_end(traces.keeper)
    assert traces.left() == []


def test_a_server_that_crashes_is_reported_and_leaves_nothing_behind(repository):
    with TritonServer(repository) as server:
        traces = traces_of(server.pid)
        os.kill(server.pid, signal.SIGSEGV)
        with pytest.raises(ServerError, match=r"^Triton ended by signal 11 \(SIGSEGV\): "):
            server.wait()

        assert traces.left() == []


def test_a_server_ends_with_its_keeper_although_files_stay(repository):
    with TritonServer(repository) as server:
        traces = traces_of(server.pid)
        os.kill(traces.keeper, signal.SIGKILL)
        wait_for_end(server.pid)

    assert traces.left() == [str(traces.workspace)]
    shutil.rmtree(traces.workspace)


def test_a_port_in_use_is_named_with_its_option_before_anything_starts(repository, taken_port):
    expected = f"^--http-port {taken_port}: the port is in use on 127.0.0.1, choose another"

    with pytest.raises(ConfigError, match=expected), TritonServer(repository, http_port=taken_port):
        pytest.fail("started on a port in use")


def test_a_free_port_that_is_taken_at_the_last_moment_is_replaced(repository, taken_port, monkeypatch):
    unlucky = [dataclasses.replace(reserve(Ports()), http=taken_port)]
    monkeypatch.setattr(server_module, "reserve", lambda wanted: unlucky.pop() if unlucky else reserve(wanted))

    with TritonServer(repository, explicit=True) as server:
        assert not unlucky, "the taken port was tried"
        assert server.http_url != f"127.0.0.1:{taken_port}"
        assert server.models == ()


def test_every_endpoint_is_up_on_entry(triton):
    for url in (triton.grpc_url, triton.http_url, triton.metrics_url):
        host, _, port = url.partition(":")
        socket.create_connection((host, int(port)), timeout=DEADLINE_S).close()
    assert triton.models == ("mnist-onnx", "mnist-onnx-batch")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ConfigError, match="nowhere: there is no such folder"), TritonServer(tmp_path / "nowhere"):
        pytest.fail("started on nothing")


def test_an_option_that_tritonserver_does_not_have_is_named():
    server = TritonServer(MODEL_REPOSITORY, extra_args=["--no-such-option=1"])
    with pytest.raises(ServerError, match="unrecognized option '--no-such-option=1'"), server:
        pytest.fail("started with an unknown option")
