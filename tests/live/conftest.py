"""A server that several of these tests share."""

from collections.abc import Iterator

import pytest

import loadgen
from loadgen import Concurrency, Target, TritonServer
from tests.live.slow_models import write_slow


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    """The embedded Triton with models that take a known time for each request, one or two at a time."""
    repository = tmp_path_factory.mktemp("slow_models")
    write_slow(repository, "50ms", delay_s=0.05)
    write_slow(repository, "50ms-twice", delay_s=0.05, instances=2)
    write_slow(repository, "500ms-twice", delay_s=0.5, instances=2)
    with TritonServer(repository) as server:
        for model in ("50ms", "50ms-twice", "500ms-twice"):
            # The first requests take longer than the delay.
            loadgen.run(Target(server.grpc_url, model), Concurrency(4), request_count=4)
        yield server
