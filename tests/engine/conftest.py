"""What the engine tests start from."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.engine.servers import PATIENCE_S, EchoServer, until


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Run a coroutine in each of the event loops that a user may have: not for ever, and it may leave no task."""
    factory = None if request.param == "asyncio" else pytest.importorskip("uvloop").new_event_loop

    async def patiently(main: Coroutine[Any, Any, None]) -> None:
        async with asyncio.timeout(2 * PATIENCE_S):
            await main
            await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(patiently(main))

    return run


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    """A real gRPC server."""
    with EchoServer() as server:
        yield server
