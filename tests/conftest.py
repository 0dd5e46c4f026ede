"""What tests of several folders share: one real Triton for the whole session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadgen.triton.server import TritonServer

pytest_plugins = ["pytester"]

MODEL_REPOSITORY = Path(__file__).parents[1] / "model_repository"


@pytest.fixture(scope="session")
def triton() -> Iterator[TritonServer]:
    """The embedded Triton on free ports with the two MNIST models: `triton.grpc_url`, `triton.http_url`."""
    with TritonServer(MODEL_REPOSITORY) as server:
        yield server
