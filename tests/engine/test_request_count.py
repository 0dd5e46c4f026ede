"""A load of so many requests: exactly these are sent, whatever becomes of them, and then the load is idle."""

import asyncio
from itertools import cycle

import pytest
from h2.errors import ErrorCodes

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.measure.failures import ErrorLimit, FailureCount
from tests.engine.bad_peers import Http2Talk, Reply, Talk, goaway, http1, http2, ok, well
from tests.engine.bad_peers_load import HTTP1_REQUESTS, MESSAGES, REQUESTS, grpc_client, http1_client
from tests.engine.servers import PATIENCE_S, EchoServer, closed_loop


async def becomes_idle(loop: ClosedLoop) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await loop.idle.wait()
    assert loop.in_flight == 0


@pytest.mark.parametrize("connections", [1, 3], ids=["one connection", "three connections"])
@pytest.mark.parametrize(
    ("level", "count"),
    [
        pytest.param(1, 1, id="one"),
        pytest.param(1, 5, id="one after the other"),
        pytest.param(4, 10, id="more than the level, and no multiple of it"),
        pytest.param(4, 4, id="as many as the level"),
        pytest.param(8, 3, id="fewer than the level"),
    ],
)
def test_exactly_so_many_are_sent(run, echo: EchoServer, level: int, count: int, connections: int):
    peak = min(level, count)

    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(), connections=connections) as loop:
            echo.expect(peak)
            await loop.set_level(level, request_count=count)
            assert loop.in_flight == peak
            assert not loop.idle.is_set()
            await becomes_idle(loop)
            assert len(loop.records) == loop.records.ended_count == count

    run(main())
    assert (echo.calls, echo.peak) == (count, peak)


def test_the_next_load_goes_on_where_the_last_one_ended(run, echo: EchoServer):
    async def main() -> None:
        requests = [echo.request(message) for message in (b"one", b"two", b"three")]
        async with closed_loop(echo.endpoint, *requests) as loop:
            for level, count in ((1, 2), (5, 1), (1, 2)):
                await loop.set_level(level, request_count=count)
                await becomes_idle(loop)

    run(main())
    assert echo.messages == [b"one", b"two", b"three", b"one", b"two"]


def test_after_so_many_the_load_may_go_on_without_end(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(), connections=2) as loop:
            await loop.set_level(2, request_count=3)
            await becomes_idle(loop)
            echo.expect(6)
            await loop.set_level(6)
            assert loop.in_flight == 6
            assert not loop.idle.is_set()
            await loop.drain(PATIENCE_S)

    run(main())
    assert echo.peak == 6


def test_a_load_without_end_may_be_given_one(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request()) as loop:
            await loop.set_level(4)
            await loop.set_level(2, request_count=5)
            await becomes_idle(loop)

    run(main())
    assert echo.calls == 4 + 5


def test_failed_requests_are_among_them(run, echo: EchoServer):
    async def main() -> None:
        limit = ErrorLimit(rate=1.0)
        async with closed_loop(echo.endpoint, echo.request(method="Refuse"), error_limit=limit) as loop:
            await loop.set_level(3, request_count=7)
            await becomes_idle(loop)
            assert loop.records.ended_count == 7
            assert loop.records.take().failures["INVALID_ARGUMENT"].count == 7

    run(main())


def test_requests_that_are_never_answered_are_among_them(run):
    async def main() -> None:
        async with http2(lambda _http, _stream_id: None).listening() as peer:
            client = grpc_client(peer, request_timeout_s=0.1)
            loop = ClosedLoop(client, cycle(REQUESTS), error_limit=ErrorLimit(rate=1.0))
            await loop.set_level(2, request_count=5)
            await becomes_idle(loop)
            assert loop.records.take().failures == {"timeout": FailureCount(5, "no answer within 0.1 s")}
            await loop.close()

    run(main())


# Requests that the server promises not to have looked at are not lost.


def leave_some_undone(http: Http2Talk, stream_id: int) -> None:
    if http.number > 1 or stream_id < 13:
        http.answer(stream_id)
    elif stream_id == 13:
        http.raw(goaway(11))


def refuse_each_third(http: Http2Talk, stream_id: int) -> None:
    if stream_id % 6 == 1:
        http.h2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)
    else:
        http.answer(stream_id)


def say_goodbye_after_three(http: Http2Talk, stream_id: int) -> None:
    if stream_id <= 5:
        http.answer(stream_id)
    if stream_id == 5:
        http.raw(goaway(5))
        http.talk.hang_up()


@pytest.mark.parametrize("connections", [1, 2], ids=["one connection", "two connections"])
@pytest.mark.parametrize(
    ("reply", "settings"),
    [
        pytest.param(leave_some_undone, {}, id="left undone"),
        pytest.param(refuse_each_third, {}, id="refused"),
        pytest.param(say_goodbye_after_three, {}, id="a goodbye again and again"),
        pytest.param(well, {3: 2}, id="no more than two at a time"),
    ],
)
@pytest.mark.parametrize("count", range(5, 12))
def test_each_is_answered_once(run, reply: Reply, settings: dict[int, int], count: int, connections: int):
    async def main() -> None:
        async with http2(reply, settings).listening() as peer:
            loop = ClosedLoop(grpc_client(peer, connections=connections), cycle(REQUESTS))
            await loop.set_level(4, request_count=count)
            await becomes_idle(loop)
            await loop.close()
        assert (loop.error, len(loop.records)) == (None, count)
        assert sorted(peer.answered) == sorted(MESSAGES[:count])

    run(main())


def test_one_connection_for_each_request_in_flight(run):
    async def main() -> None:
        async with http1(ok).listening() as peer:
            loop = ClosedLoop(http1_client(peer), cycle(HTTP1_REQUESTS))
            await loop.set_level(3, request_count=10)
            await becomes_idle(loop)
            await loop.close()
        assert sorted(peer.answered) == sorted(MESSAGES[:10])
        assert peer.connections == 3

    run(main())


def test_an_idle_load_does_not_mind_that_its_connection_is_closed(run):
    async def main() -> None:
        talks: list[Talk] = []

        def reply(talk: Talk) -> None:
            talks.append(talk)
            ok(talk)

        async with http1(reply).listening() as peer:
            loop = ClosedLoop(http1_client(peer), cycle(HTTP1_REQUESTS))
            await loop.set_level(1, request_count=2)
            await becomes_idle(loop)
            talks[0].hang_up()
            async with asyncio.timeout(PATIENCE_S):
                while loop.connection_report().open:  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.001)
            assert (loop.error, loop.connection_report().reopened) == (None, 0)
            await loop.set_level(1, request_count=2)
            await becomes_idle(loop)
            await loop.close()
        assert len(peer.answered) == 4

    run(main())
