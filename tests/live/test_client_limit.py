"""Whether loadgen itself was the limit, on the real Triton: beside a server that answers from its cache, it may be."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import loadgen
from loadgen import Concurrency, LevelResult, Target, Transport, TritonServer, Windows
from loadgen.measure.client_limit import ClientVerdict, ceiling, judge_client
from loadgen.report.doubts import doubts
from loadgen.units import NS_PER_US
from tests.conftest import MODEL_REPOSITORY
from tests.live.slow_models import write_slow

pytestmark = pytest.mark.live

WINDOWS = Windows(length_s=0.3, tolerance=999.0)


def write_cached(repository: Path) -> None:
    """Write the MNIST model with a response cache."""
    shutil.copytree(MODEL_REPOSITORY / "mnist-onnx", repository / "mnist-onnx")
    with (repository / "mnist-onnx" / "config.pbtxt").open("a") as config:
        config.write("response_cache { enable: true }\n")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    repository = tmp_path_factory.mktemp("client_limit")
    write_cached(repository)
    write_slow(repository, "50ms", delay_s=0.05)
    with TritonServer(repository, response_cache_mib=64) as server:
        yield server


def measure(server: TritonServer, model: str, in_flight: int, client: str = "loadgen") -> LevelResult:
    target = Target(server.grpc_url, model)
    report = loadgen.run(target, Concurrency(in_flight), windows=WINDOWS, transport=Transport(client=client))
    return report.level


def cpu_us(level: LevelResult) -> float:
    """Return the processor time that a request took of the event loop."""
    return level.summary.client.cpu_ns / level.summary.request_count / NS_PER_US


def test_a_client_that_is_slower_than_the_cache_is_the_limit(server):
    # On a busy machine neither of the two may get far. But not again and again.
    tries = (measure(server, "mnist-onnx", 64, client="grpcio") for _ in range(3))
    theirs = next(level for level in tries if judge_client(level.summary).limited)
    ours = measure(server, "mnist-onnx", 64)

    assert any("loadgen itself was the limit: its event loop ran" in doubt for doubt in doubts(theirs))
    # Ours is so too, or short of a core, or neither: that depends on what else this machine does.
    assert cpu_us(ours) < 0.5 * cpu_us(theirs)
    assert ceiling(ours.summary) >= ours.summary.throughput


def test_beside_a_slow_model_there_is_nothing_to_say_of_the_client(server):
    level = measure(server, "50ms", 2)

    assert judge_client(level.summary) == ClientVerdict(limited=False)
    assert level.summary.client.lags > 5
    assert level.summary.client.busy < 0.2
