"""The closed loop on a real gRPC server: as many in flight as asked for, and every call accounted for."""

from time import perf_counter_ns

import pytest

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connection import connect
from loadgen.errors import InferenceError, ServerError
from tests.engine.servers import EchoServer, closed_loop, until

on_one_connection_or_more = pytest.mark.parametrize(
    "connections", [1, 2, 3], ids=["one connection", "two connections", "three connections"]
)


@on_one_connection_or_more
@pytest.mark.parametrize("level", [1, 2, 8])
def test_exactly_so_many_are_in_flight(run, echo: EchoServer, level: int, connections: int):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request(), connections=connections) as loop:
            echo.expect(level)
            loop.set_level(level)
            assert loop.in_flight == level
            await until(lambda: len(loop.records) >= 20 * level)
            assert loop.in_flight == level
            await loop.drain()

    run(main())
    assert echo.peak == level


@on_one_connection_or_more
def test_the_level_may_rise_and_fall(run, echo: EchoServer, connections: int):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request(), connections=connections) as loop:
            for level in (2, 7, 3, 1, 4):
                echo.expect(0)
                loop.set_level(level)
                await until(lambda level=level: loop.in_flight == level)
                echo.expect(level)
                before = len(loop.records)
                await until(lambda before=before, level=level: len(loop.records) > before + 10 * level)
                assert echo.peak == level
            await loop.drain()

    run(main())


@on_one_connection_or_more
def test_after_the_drain_nothing_is_in_flight_and_no_call_is_lost(run, echo: EchoServer, connections: int):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request(), connections=connections) as loop:
            loop.set_level(6)
            await until(lambda: len(loop.records) >= 100)

            await loop.drain()

            assert loop.in_flight == 0
            assert echo.at_once == 0
            assert len(loop.records) == echo.calls
            assert loop.error is None

    run(main())


def test_a_drain_of_an_idle_loop_is_over_at_once(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request()) as loop:
            await loop.drain()
            assert echo.calls == 0

    run(main())


def test_the_load_can_go_on_after_a_drain(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request()) as loop:
            for _ in range(3):
                loop.set_level(2)
                await until(lambda: len(loop.records) >= 10)
                await loop.drain()
                assert loop.in_flight == 0
                assert len(loop.records.take()) >= 10

    run(main())


def test_a_request_is_timed_from_its_send_to_its_end(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request()) as loop:
            before_ns = perf_counter_ns()
            loop.set_level(3)
            await until(lambda: len(loop.records) >= 30)
            await loop.drain()
            after_ns = perf_counter_ns()
            records = loop.records.take()

            assert before_ns < records.start_ns.min()
            assert records.end_ns.max() < after_ns
            assert (records.latency_ns > 0).all()
            assert (records.end_ns[1:] >= records.end_ns[:-1]).all(), "in order of completion"

    run(main())


def test_the_next_request_leaves_when_one_ends(run, echo: EchoServer):
    # With one in flight, each starts after the one before has ended, and soon: nothing else is to be waited for.
    async def main() -> None:
        async with closed_loop(echo.target, echo.request()) as loop:
            loop.set_level(1)
            await until(lambda: len(loop.records) >= 50)
            await loop.drain()
            records = loop.records.take()

            gaps_ns = records.start_ns[1:] - records.end_ns[:-1]
            assert (gaps_ns >= 0).all()
            assert gaps_ns.sum() < records.latency_ns.sum()

    run(main())


def test_different_requests_take_turns(run, echo: EchoServer):
    async def main() -> None:
        requests = [echo.request(message) for message in (b"one", b"two", b"three")]
        async with closed_loop(echo.target, *requests) as loop:
            loop.set_level(1)
            await until(lambda: len(loop.records) >= 6)
            await loop.drain()

    run(main())
    assert echo.messages[:6] == [b"one", b"two", b"three"] * 2


def test_an_error_status_ends_the_load_with_the_servers_words(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request(method="Refuse")) as loop:
            loop.set_level(4)
            await loop.failed.wait()
            await loop.drain()

            assert isinstance(loop.error, InferenceError)
            assert str(loop.error) == "[INVALID_ARGUMENT] shape [2] is 50% of the naïve guess"
            assert loop.in_flight == 0
            assert len(loop.records) == 0

    run(main())


def test_an_unknown_method_is_the_servers_to_explain(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request(method="Nothing")) as loop:
            loop.set_level(1)
            await loop.failed.wait()

            assert str(loop.error) == "[UNIMPLEMENTED] Method not found!"

    run(main())


def test_nothing_is_sent_after_a_failure(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request(method="Refuse"), echo.request(method="Say")) as loop:
            loop.set_level(1)
            await loop.failed.wait()

            with pytest.raises(InferenceError, match="INVALID_ARGUMENT"):
                loop.set_level(5)

            assert loop.in_flight == 0
            await loop.drain()

    run(main())
    assert echo.calls == 0


@pytest.mark.parametrize("limit", [1, 2])
def test_more_than_the_server_takes_is_refused_in_one_sentence(run, limit: int):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request()) as loop:
            with pytest.raises(ServerError) as raised:
                loop.set_level(3)
            loop.set_level(limit)
            await loop.drain()

        assert str(raised.value) == f"the server takes at most {limit} at a time on a connection, 3 are asked for"

    with EchoServer(max_concurrent_streams=limit) as echo:
        run(main())
    assert echo.calls == limit


def test_a_level_that_is_refused_leaves_the_one_before_as_it_was(run):
    async def main() -> None:
        async with closed_loop(echo.target, echo.request()) as loop:
            loop.set_level(1)
            with pytest.raises(ServerError, match="takes at most 2 at a time"):
                loop.set_level(5)
            assert loop.in_flight == 1
            await until(lambda: len(loop.records) >= 10)
            await loop.drain()
            assert loop.error is None

    # Only one of two is used: this server refuses a stream now and then that takes the place of one just ended.
    with EchoServer(max_concurrent_streams=2) as echo:
        run(main())


def test_a_connection_that_has_used_up_its_stream_ids_says_so(run, echo: EchoServer):
    # RFC 9113 section 5.1.1: there are 2^30 of them, which a fast server reaches in a working day.
    async def main() -> None:
        connection = await connect(echo.target)
        connection.wire._next_id = 2**31 - 7
        loop = ClosedLoop([connection], [echo.request()])
        loop.set_level(1)
        await loop.failed.wait()
        connection.close()

        assert isinstance(loop.error, ServerError)
        assert str(loop.error) == "the connection has carried all the requests that HTTP/2 allows it"
        assert len(loop.records) == 4

    run(main())
