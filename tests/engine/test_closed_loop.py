"""The closed loop on a real gRPC server: as many in flight as asked for, and every call accounted for."""

import socket
from time import perf_counter_ns

import pytest

from loadgen.errors import InferenceError, ServerError
from loadgen.load.endpoint import Endpoint
from loadgen.measure.failures import ErrorLimit, FailureCount
from tests.engine.bad_peers import Http2Talk, Talk, http2, well
from tests.engine.servers import PATIENCE_S, REQUEST, EchoServer, closed_loop, until

on_one_connection_or_more = pytest.mark.parametrize(
    "connections", [1, 2, 3], ids=["one connection", "two connections", "three connections"]
)


@on_one_connection_or_more
@pytest.mark.parametrize("level", [1, 2, 8])
def test_exactly_so_many_are_in_flight(run, echo: EchoServer, level: int, connections: int):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(), connections=connections) as loop:
            echo.expect(level)
            await loop.set_level(level)
            assert loop.in_flight == level
            await until(lambda: len(loop.records) >= 20 * level)
            assert loop.in_flight == level
            await loop.drain(PATIENCE_S)

    run(main())
    assert echo.peak == level


@on_one_connection_or_more
def test_the_level_may_rise_and_fall(run, echo: EchoServer, connections: int):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(), connections=connections) as loop:
            for level in (2, 7, 3, 1, 4):
                echo.expect(0)
                await loop.set_level(level)
                await until(lambda level=level: loop.in_flight == level)
                echo.expect(level)
                before = len(loop.records)
                await until(lambda before=before, level=level: len(loop.records) > before + 10 * level)
                assert echo.peak == level
            await loop.drain(PATIENCE_S)

    run(main())


@on_one_connection_or_more
def test_after_the_drain_nothing_is_in_flight_and_no_call_is_lost(run, echo: EchoServer, connections: int):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(), connections=connections) as loop:
            await loop.set_level(6)
            await until(lambda: len(loop.records) >= 100)

            await loop.drain(PATIENCE_S)

            assert loop.in_flight == 0
            assert echo.at_once == 0
            assert len(loop.records) == echo.calls
            assert loop.error is None

    run(main())


def test_a_drain_of_an_idle_loop_is_over_at_once(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request()) as loop:
            await loop.drain(PATIENCE_S)
            assert echo.calls == 0

    run(main())


def test_the_load_can_go_on_after_a_drain(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request()) as loop:
            for _ in range(3):
                await loop.set_level(2)
                await until(lambda: len(loop.records) >= 10)
                await loop.drain(PATIENCE_S)
                assert loop.in_flight == 0
                assert len(loop.records.take()) >= 10

    run(main())


def test_a_request_is_timed_from_its_send_to_its_end(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request()) as loop:
            before_ns = perf_counter_ns()
            await loop.set_level(3)
            await until(lambda: len(loop.records) >= 30)
            await loop.drain(PATIENCE_S)
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
        async with closed_loop(echo.endpoint, echo.request()) as loop:
            await loop.set_level(1)
            await until(lambda: len(loop.records) >= 50)
            await loop.drain(PATIENCE_S)
            records = loop.records.take()

            gaps_ns = records.start_ns[1:] - records.end_ns[:-1]
            assert (gaps_ns >= 0).all()
            assert gaps_ns.sum() < records.latency_ns.sum()

    run(main())


def test_different_requests_take_turns(run, echo: EchoServer):
    async def main() -> None:
        requests = [echo.request(message) for message in (b"one", b"two", b"three")]
        async with closed_loop(echo.endpoint, *requests) as loop:
            await loop.set_level(1)
            await until(lambda: len(loop.records) >= 6)
            await loop.drain(PATIENCE_S)

    run(main())
    assert echo.messages[:6] == [b"one", b"two", b"three"] * 2


def test_an_error_status_ends_the_load_with_the_servers_words(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(method="Refuse")) as loop:
            await loop.set_level(4)
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)

            assert isinstance(loop.error, InferenceError)
            assert str(loop.error) == "[INVALID_ARGUMENT] shape [2] is 50% of the naïve guess"
            assert loop.in_flight == 0
            assert len(loop.records) == 0

    run(main())


def test_an_unknown_method_is_the_servers_to_explain(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(method="Nothing")) as loop:
            await loop.set_level(1)
            await loop.failed.wait()

            assert str(loop.error) == "[UNIMPLEMENTED] Method not found!"

    run(main())


def test_nothing_is_sent_after_a_failure(run, echo: EchoServer):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request(method="Refuse"), echo.request(method="Say")) as loop:
            await loop.set_level(1)
            await loop.failed.wait()

            with pytest.raises(InferenceError, match="INVALID_ARGUMENT"):
                await loop.set_level(5)

            assert loop.in_flight == 0
            await loop.drain(PATIENCE_S)

    run(main())
    assert echo.calls == 0


def test_no_more_connections_are_opened_than_there_are_requests_in_flight(run):
    async def main() -> None:
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, connections=4) as loop:
            assert peer.connections == 0, "none before there is a level"
            for level, opened in ((2, 2), (3, 3), (9, 4), (1, 4)):
                await loop.set_level(level)
                await until(lambda: len(loop.records) >= 10)
                loop.records.take()
                assert peer.connections == loop.connection_report().open == opened
                assert loop.in_flight >= level
            await loop.drain(PATIENCE_S)

    peer = http2(well)
    run(main())
    assert peer.open == 0


def test_one_connection_for_each_request_in_flight(run):
    at_once: list[int] = []

    def reply(http: Http2Talk, stream_id: int) -> None:
        at_once.append(http.h2.open_inbound_streams)
        well(http, stream_id)

    async def main() -> None:
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, connections=None) as loop:
            await loop.set_level(5)
            await until(lambda: len(loop.records) >= 50)
            await loop.drain(PATIENCE_S)
            assert peer.connections == loop.connection_report().open == 5

    peer = http2(reply)
    run(main())
    assert set(at_once) == {1}


def test_a_level_without_a_connection_is_refused_in_one_sentence(run):
    async def main() -> None:
        async with closed_loop(Endpoint("127.0.0.1", port), REQUEST, connections=4) as loop:
            with pytest.raises(ServerError, match=f"^127.0.0.1:{port}: cannot connect: Connection refused$"):
                await loop.set_level(4)
            assert loop.in_flight == 0
            await loop.drain(PATIENCE_S)

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        run(main())


def test_failures_within_a_count_are_recorded_and_the_load_goes_on(run, echo: EchoServer):
    async def main() -> None:
        requests = echo.request(method="Refuse"), echo.request(method="Say"), echo.request(method="Say")
        async with closed_loop(echo.endpoint, *requests, error_limit=ErrorLimit(count=5)) as loop:
            await loop.set_level(1)
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)
            records = loop.records.take()

            assert len(records) == 10, "two after each of the five that are allowed"
            refused = FailureCount(6, "shape [2] is 50% of the naïve guess")
            assert records.failures == {"INVALID_ARGUMENT": refused}
            assert isinstance(loop.error, InferenceError)
            assert str(loop.error) == (
                "failed requests: 6, more than the 5 that --max-error-rate allows; "
                "for example [INVALID_ARGUMENT] shape [2] is 50% of the naïve guess"
            )

    run(main())


def test_a_rate_of_failures_is_for_others_to_judge(run, echo: EchoServer):
    async def main() -> None:
        requests = echo.request(method="Refuse"), echo.request(method="Say")
        async with closed_loop(echo.endpoint, *requests, error_limit=ErrorLimit(rate=0.0)) as loop:
            await loop.set_level(2)
            await until(lambda: len(loop.records) >= 20)
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            assert loop.records.take().failures["INVALID_ARGUMENT"].count >= 19

    run(main())


def test_a_level_that_cannot_be_had_leaves_the_one_before_as_it_was(run):
    async def main() -> None:
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, connections=2) as loop:
            await loop.set_level(1)
            peer.serve = hang_up
            with pytest.raises(ServerError, match="the server closed the connection"):
                await loop.set_level(5)
            loop.records.take()
            await until(lambda: len(loop.records) >= 10)
            assert loop.in_flight == 1
            await loop.drain(PATIENCE_S)
            assert loop.error is None

    async def hang_up(talk: Talk) -> None:
        talk.hang_up()

    peer = http2(well)
    run(main())
