"""A thousand and ten thousand requests in flight on the real Triton, answered from its response cache."""

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle

import pytest

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.event_loop import run_in_event_loop
from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.measure.records import Records
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.profile.client import client_for, encoder_for
from loadgen.triton.control import ControlPlane, control_plane
from loadgen.triton.server import TritonServer
from tests.conftest import MODEL_REPOSITORY
from tests.engine.bad_peers import http1, ok
from tests.engine.bad_peers_load import HTTP1_REQUESTS, http1_client
from tests.engine.servers import until

pytestmark = pytest.mark.live

MODEL = "mnist-onnx"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    repository = tmp_path_factory.mktemp("cached")
    shutil.copytree(MODEL_REPOSITORY / MODEL, repository / MODEL)
    with (repository / MODEL / "config.pbtxt").open("a") as config:
        config.write("response_cache { enable: true }\n")
    with TritonServer(repository, response_cache_mib=1) as server:
        yield server


def target(server: TritonServer, protocol: str) -> Target:
    return Target(server.http_url if protocol == "http" else server.grpc_url, MODEL, protocol=protocol)


@pytest.mark.parametrize(
    ("protocol", "transport", "level"),
    [
        pytest.param("grpc", Transport(), 1000, id="gRPC, 1000"),
        pytest.param("grpc", Transport(), 10_000, id="gRPC, 10000"),
        pytest.param("grpc", Transport(streaming=True), 1000, id="gRPC streaming, 1000"),
        # With 512 connections over HTTP, Triton 24.10 never answers some of them, whoever the client is.
        pytest.param("http", Transport(), 256, id="HTTP, 256"),
    ],
)
def test_so_many_in_flight(cached: TritonServer, protocol: str, transport: Transport, level: int):
    aim = target(cached, protocol)
    with control_plane(aim) as control:
        model = control.describe()
        client = client_for(aim, transport)
        requests = [encoder_for(aim, transport, model)(generated_inputs(model, Inputs()))]
        before = control.statistics()
        records = run_in_event_loop(load(ClosedLoop(client, cycle(requests)), level))
        served = served_since(before, control, at_least=len(records))

    assert records.failures == {}
    assert len(records) == served >= 3 * level, "none was lost, none doubled"
    assert at_once(records) == level


def served_since(before: ServerStatistics, control: ControlPlane, *, at_least: int) -> int:
    """Return how many requests the server counts; it does so a little after the answer has left."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        served = (control.statistics() - before).success.count
        if served >= at_least or time.monotonic() > deadline_s:
            return served


@pytest.fixture
def many_files() -> Iterator[None]:
    """Allow this process as many open files as it may have; both ends of a thousand connections are in it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_to_a_server_that_bears_them(many_files: None):
    async def main() -> None:
        peer = http1(ok)
        async with peer.listening():
            records = await load(ClosedLoop(http1_client(peer), cycle(HTTP1_REQUESTS)), 1000)
        assert peer.connections == 1000
        assert len(records) == len(peer.answered)

    run_in_event_loop(main())


async def load(loop: ClosedLoop, level: int) -> Records:
    try:
        await loop.set_level(level)
        assert loop.in_flight == level
        await until(lambda: len(loop.records) >= 3 * level or loop.failed.is_set())
        await loop.drain(PATIENCE_S)
    finally:
        await loop.close()
    assert loop.error is None
    assert loop.in_flight == 0
    return loop.records.take()


def at_once(records: Records) -> int:
    """Return how many requests were in flight at the most, by their records."""
    changes = sorted([(ns, 1) for ns in records.start_ns.tolist()] + [(ns, -1) for ns in records.end_ns.tolist()])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def run_with_files(cached: TritonServer, concurrency: int, limits: tuple[int, int]) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "loadgen",
        "-m",
        MODEL,
        "-i",
        "http",
        "-u",
        cached.http_url,
        "-p",
        "200",
        "-s",
        "999",
    ]
    return subprocess.run(
        [*command, "--concurrency-range", str(concurrency)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def test_more_connections_than_the_usual_limit_of_open_files_are_no_matter(cached: TritonServer):
    done = run_with_files(cached, 100, (64, 256))
    assert done.returncode == 0, done.stderr


def test_too_many_open_files_is_one_sentence(cached: TritonServer):
    done = run_with_files(cached, 1000, (256, 256))
    assert done.returncode == 99
    assert done.stderr.splitlines()[-1].startswith(f"loadgen: {cached.http_url}: cannot connect: Too many open files")
    assert "Traceback" not in done.stderr
