"""Lost connections are opened again, and not for ever."""

import asyncio
from contextlib import AsyncExitStack
from itertools import islice

import pytest

import loadgen.engine.reconnection
from loadgen.engine.reconnection import Reconnection, delays_s
from loadgen.errors import InferenceError, ServerError
from loadgen.measure.failures import ErrorLimit, FailureCount, failed_count
from tests.engine.bad_peers import Http2Talk, http2, well
from tests.engine.servers import PATIENCE_S, REQUEST, EchoServer, closed_loop, until


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loadgen.engine.reconnection, "RECONNECT_PATIENCE_S", 0.3)
    monkeypatch.setattr(loadgen.engine.reconnection, "FIRST_DELAY_S", 0.01)


def test_the_first_attempt_is_made_at_once_and_the_others_are_backed_off():
    assert list(islice(delays_s(lambda: 1.0), 9)) == [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_each_delay_is_a_random_part_of_its_limit():
    draws = iter([0.0, 0.5, 0.25])
    assert list(islice(delays_s(lambda: next(draws)), 4)) == [0, 0, 0.05, 0.05]


def test_attempts_go_on_until_one_succeeds(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loadgen.engine.reconnection, "FIRST_DELAY_S", 0.001)
    refusals = [ServerError("refused")] * 5

    async def connect() -> str:
        if refusals:
            raise refusals.pop()
        return "a connection"

    async def main() -> None:
        assert await Reconnection().connect(connect, "it was lost") == "a connection"
        assert refusals == []

    run(main())


async def refuse() -> None:
    raise ServerError("localhost:1: cannot connect: Connection refused")


async def take_for_ever() -> None:
    await asyncio.sleep(PATIENCE_S)


@pytest.mark.parametrize(
    ("connect", "reason"),
    [
        pytest.param(refuse, "localhost:1: cannot connect: Connection refused", id="it is refused"),
        pytest.param(take_for_ever, "it was lost", id="it takes too long"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_patience_has_an_end(run, connect, reason: str):
    async def main() -> None:
        with pytest.raises(ServerError) as raised:
            await Reconnection().connect(connect, "it was lost")
        assert str(raised.value) == f"no connection has carried an answer for 0.3 s: {reason}"

    run(main())


# Under load.


def test_a_server_that_is_restarted_is_survived(run):
    async def main() -> None:
        first = EchoServer()
        first.__enter__()
        address = str(first.endpoint)
        async with closed_loop(
            first.endpoint, first.request(), connections=2, error_limit=ErrorLimit(rate=1.0)
        ) as loop:
            await loop.set_level(4)
            await until(lambda: len(loop.records) >= 40)
            await asyncio.to_thread(first.__exit__)
            before = loop.records.take()
            with EchoServer(address) as second:
                await until(lambda: len(loop.records) >= 40 and loop.connection_report().open == 2)
                await loop.drain(PATIENCE_S)
                after = loop.records.take()
                assert len(after) == second.calls
            assert loop.error is None
            assert failed_count(before.failures) + failed_count(after.failures) <= 4, "those that were in flight"
            assert loop.connection_report().reopened >= 2

    run(main())


@pytest.mark.usefixtures("impatient")
def test_a_server_that_does_not_come_back_ends_the_load(run):
    async def main() -> None:
        peer = http2(well)
        async with AsyncExitStack() as stack:
            async with peer.listening():
                loop = await stack.enter_async_context(
                    closed_loop(peer.endpoint, REQUEST, connections=2, error_limit=ErrorLimit(rate=1.0))
                )
                await loop.set_level(4)
                await until(lambda: len(loop.records) >= 10)
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)

            assert isinstance(loop.error, ServerError)
            assert str(loop.error).startswith("no connection has carried an answer for 0.3 s: ")
            assert f"{peer.endpoint}: cannot connect: Connection refused" in str(loop.error)
            assert loop.connection_report().open == 0
            with pytest.raises(ServerError, match="no connection has carried an answer"):
                await loop.set_level(1)

    run(main())


def test_a_connection_that_is_lost_fails_what_was_in_flight(run):
    talks: list[Http2Talk] = []

    def hold(http: Http2Talk, stream_id: int) -> None:
        talks.append(http)

    async def main() -> None:
        peer = http2(hold)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST) as loop:
            await loop.set_level(3)
            await until(lambda: len(talks) == 3)
            talks[0].talk.hang_up()
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)

            words = f"{peer.endpoint}: the server closed the connection"
            assert isinstance(loop.error, InferenceError)
            assert str(loop.error) == f"[connection lost] {words}"
            assert loop.records.take().failures == {"connection lost": FailureCount(3, words)}
            assert loop.in_flight == 0
            assert peer.connections == 1, "nobody tries again when the load has ended"

    run(main())


def test_a_connection_that_is_lost_with_nothing_in_flight_is_no_failure(run):
    async def main() -> None:
        talks: list[Http2Talk] = []

        def reply(http: Http2Talk, stream_id: int) -> None:
            talks.append(http)
            well(http, stream_id)

        peer = http2(reply)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST) as loop:
            for connections in (1, 2, 3):
                await loop.set_level(2)
                await until(lambda: len(loop.records) >= 10)
                await loop.drain(PATIENCE_S)
                talks[-1].talk.hang_up()
                await until(lambda: loop.connection_report().open == 0)
                assert peer.connections == connections
                assert loop.records.take().failures == {}
            assert loop.error is None
            assert loop.connection_report().reopened == 2

    run(main())


def test_a_drain_does_not_wait_for_a_connection(run):
    # With nothing in flight there is nothing to wait for, wherever the server is.
    talks: list[Http2Talk] = []

    def hold(http: Http2Talk, stream_id: int) -> None:
        talks.append(http)

    async def main() -> None:
        peer = http2(hold)
        async with AsyncExitStack() as stack:
            async with peer.listening():
                loop = await stack.enter_async_context(
                    closed_loop(peer.endpoint, REQUEST, error_limit=ErrorLimit(rate=1.0))
                )
                await loop.set_level(1)
                await until(lambda: len(talks) == 1)
            await until(lambda: loop.in_flight == 0)
            await loop.drain(PATIENCE_S)
            assert loop.error is None

    run(main())
