"""The open loop on real sockets: at planned instants, whatever the server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle, pairwise
from select import select
from time import perf_counter_ns
from typing import Any

import numpy as np
import pytest

import loadgen.engine.open_loop
import loadgen.engine.reconnection
from loadgen.engine.client import Client
from loadgen.engine.connection import SocketConnection
from loadgen.engine.open_loop import OpenLoop
from loadgen.errors import InferenceError, ServerError
from loadgen.load.modes import Concurrency, LoadMode, Replay, RequestRate
from loadgen.load.schedule import schedule_of
from loadgen.measure.failures import ErrorLimit, FailureCount
from loadgen.measure.records import Records
from loadgen.units import ms, seconds
from tests.engine.bad_peers import Http2Talk, Talk, goaway, http1, http2, ok, well
from tests.engine.bad_peers_load import HTTP1_REQUESTS, grpc_client, http1_client
from tests.engine.servers import PATIENCE_S, REQUEST, EchoServer, client_of, until

RATE = RequestRate(2000)


@asynccontextmanager
async def open_loop(client: Client, request: Any = REQUEST, **options: Any) -> AsyncIterator[OpenLoop]:
    """Return an open loop that has not begun; its connections are closed at the end."""
    loop = OpenLoop(client, cycle([request]), **options)
    try:
        yield loop
    finally:
        await loop.close()


async def all_sent(loop: OpenLoop, count: int, load: LoadMode = RATE) -> Records:
    """Send so many under a load, wait for the last to end, and return the records in the order of the plan."""
    await loop.set_level(load, request_count=count)
    await asyncio.wait([asyncio.ensure_future(loop.idle.wait())], timeout=PATIENCE_S)
    assert loop.idle.is_set()
    records = loop.records.take()
    return records.of(np.argsort(records.planned_ns)) if not records.failures else records


def test_who_counts_from_the_change_of_level_on_misses_nothing_that_is_sent(run, echo: EchoServer):
    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await loop.set_level(Replay((0, 0, ms(1))))
            loop.records.take()
            await until(loop.idle.is_set)
            records = loop.records.take()

        assert records.sends.count == len(records) == 3

    run(main())


@pytest.mark.parametrize("load", [RATE, replace(RATE, arrivals="poisson")], ids=["constant", "poisson"])
def test_requests_are_sent_by_the_plan_and_never_before(run, echo: EchoServer, load: RequestRate):
    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            records = await all_sent(loop, 60, load)

        assert echo.calls == len(records) == 60
        offsets_ns = schedule_of(load).offsets_ns[:60]
        assert np.array_equal(np.diff(records.planned_ns), np.diff(offsets_ns))
        assert (records.start_ns >= records.planned_ns).all()
        assert (records.end_ns > records.start_ns).all()

    run(main())


def test_what_comes_due_while_another_is_sent_goes_before_replies_are_read(
    run, echo: EchoServer, monkeypatch: pytest.MonkeyPatch
):
    flush = SocketConnection.flush

    def slow_flush(connection: SocketConnection) -> int:
        """Return when there is something to read, and the next request is due."""
        sent_ns = flush(connection)
        select((connection._transport.get_extra_info("socket"),), (), (), PATIENCE_S)
        while perf_counter_ns() < sent_ns + ms(2):
            pass
        return sent_ns

    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await all_sent(loop, 1)  # The connection is open.
            monkeypatch.setattr(SocketConnection, "flush", slow_flush)
            records = await all_sent(loop, 2, Replay((0, ms(1))))

        assert records.start_ns[1] < records.end_ns[0]

    run(main())


def test_what_the_server_holds_back_does_not_hold_back_the_rest(run, echo: EchoServer):
    async def main() -> None:
        echo.expect(12)  # at once, or none is answered
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            assert len(await all_sent(loop, 12)) == 12

    run(main())
    assert echo.peak == 12


def test_over_http_connections_are_opened_as_they_are_needed(run):
    async def main() -> None:
        held: list[Talk] = []

        def hold(talk: Talk) -> None:
            held.append(talk)
            if len(held) == 30:
                for one in held:
                    ok(one)

        peer = http1(hold)
        async with peer.listening(), open_loop(http1_client(peer), HTTP1_REQUESTS[0]) as loop:
            assert len(await all_sent(loop, 30)) == 30
        assert peer.connections >= 30

    run(main())


def test_a_limit_in_flight_holds_requests_back_and_says_so(run, echo: EchoServer):
    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            echo.expect(3)  # which never come: two calls hang for a while, and the plan goes on without them
            await loop.set_level(replace(RATE, max_in_flight=2), request_count=40)
            await until(lambda: loop.in_flight == 2)
            await asyncio.sleep(0.03)
            assert loop.in_flight == 2
            echo.expect(0)
            await until(loop.idle.is_set)
            records = loop.records.take()

        assert (len(records), records.sends.count) == (40, 40), "late, and yet all of them"
        assert records.sends.delayed["in-flight limit"] > 20
        assert (records.start_ns - records.planned_ns).max() > 20_000_000
        gaps = [after - before for before, after in pairwise(np.sort(records.planned_ns))]
        assert set(gaps) == {500_000}, "the plan is what it was"

    run(main())
    assert echo.peak <= 2


def test_a_new_level_begins_when_the_old_one_has_ended(run, echo: EchoServer):
    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await loop.set_level(RATE)
            await until(lambda: loop.records.ended_count > 5)
            await loop.set_level(RequestRate(4000))
            before = loop.records.take()
            await until(lambda: loop.records.ended_count > 5)
            await loop.drain(PATIENCE_S)
            after = loop.records.take()
        assert before.end_ns.max() < after.start_ns.min()
        assert set(np.diff(np.sort(after.planned_ns))) == {250_000}

    run(main())


def test_a_new_level_that_is_called_off_sends_nothing_and_the_old_one_ends_well(run, echo: EchoServer):
    async def main() -> None:
        echo.expect(1_000_000)  # at once: until then none is answered
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await loop.set_level(RATE)
            await until(lambda: loop.in_flight > 5)
            new_level = asyncio.ensure_future(loop.set_level(RequestRate(4000)))
            await asyncio.sleep(0)  # It begins, and has to wait.
            sent = loop.in_flight
            new_level.cancel()
            await asyncio.wait([new_level])
            echo.expect(0)
            await loop.drain(PATIENCE_S)
            assert (new_level.cancelled(), len(loop.records.take()), echo.calls) == (True, sent, sent)

    run(main())


def test_what_is_sent_now_waits_for_nothing_that_is_in_flight(run, echo: EchoServer):
    async def main() -> None:
        echo.expect(3 + 5)  # at once: until then none is answered
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await loop.set_level(RATE, request_count=3)
            await until(lambda: loop.in_flight == 3)
            loop.send_now(5)
            await until(loop.idle.is_set)
            assert len(loop.records.take()) == 3 + 5

    run(main())


def test_requests_that_come_to_an_end_end_the_load(run, echo: EchoServer):
    async def main() -> None:
        loop = OpenLoop(client_of(echo.endpoint), iter([echo.request()] * 7))
        await loop.set_level(RATE)
        await until(loop.idle.is_set)
        await loop.close()
        assert len(loop.records.take()) == 7

    run(main())
    assert echo.calls == 7


def test_the_first_failed_request_ends_the_load(run, echo: EchoServer):
    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request(method="Refuse")) as loop:
            await loop.set_level(RATE)
            await asyncio.wait_for(loop.failed.wait(), PATIENCE_S)
            with pytest.raises(InferenceError, match="INVALID_ARGUMENT"):
                await loop.set_level(RATE)

    run(main())


@pytest.mark.parametrize("by_goodbye", [False, True], ids=["lost", "given up"])
def test_a_connection_that_goes_is_replaced(run, by_goodbye: bool):
    def reply(http: Http2Talk, stream_id: int) -> None:
        if http.number > 1 or stream_id < 21:
            well(http, stream_id)
        elif stream_id == 21 and by_goodbye:
            http.raw(goaway(19))
        elif stream_id == 21:
            http.talk.hang_up()

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening(), open_loop(grpc_client(peer), error_limit=ErrorLimit(rate=1.0)) as loop:
            await loop.set_level(RATE)
            await until(lambda: peer.connections == 2 and loop.records.ended_count >= 60)
            await loop.drain(PATIENCE_S)
            records, report = loop.records.take(), loop.connection_report()
        failed = records.failures.get("connection lost", FailureCount(0, "")).count
        assert len(records) + failed == records.sends.count
        assert len(peer.answered) >= len(records)  # A reset may overtake an answer.
        assert report.open == 1
        if by_goodbye:
            assert (failed, report.goaways) == (0, 1)
            assert report.sent_again >= 1
        else:
            assert failed >= 1
            assert report.reopened == 1

    run(main())


def test_a_server_that_goes_for_good_ends_the_load(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loadgen.engine.reconnection, "RECONNECT_PATIENCE_S", 0.1)

    async def main() -> None:
        peer = http2(well)
        async with open_loop(grpc_client(peer), error_limit=ErrorLimit(rate=1.0)) as loop:
            async with peer.listening():
                await loop.set_level(RATE)
                await until(lambda: loop.records.ended_count > 5)
            await asyncio.wait_for(loop.failed.wait(), PATIENCE_S)
            assert isinstance(loop.error, ServerError)
            assert "no connection has carried an answer for 0.1 s" in str(loop.error)

    run(main())


def test_a_server_that_refuses_now_and_then_gets_its_requests_again(run):
    refused = set()

    def reply(http: Http2Talk, stream_id: int) -> None:
        if stream_id % 10 == 1 and stream_id not in refused:
            refused.add(stream_id)
            http.h2.reset_stream(stream_id, 7)  # REFUSED_STREAM
            http.send()
        else:
            well(http, stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening(), open_loop(grpc_client(peer)) as loop:
            records = await all_sent(loop, 50)
            assert loop.connection_report().sent_again == len(refused)
        assert len(records) == 50

    run(main())
    assert refused


def test_a_server_that_refuses_everything_ends_the_load(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loadgen.engine.open_loop, "REFUSALS_IN_A_ROW", 3)
    monkeypatch.setattr(loadgen.engine.open_loop, "REFUSAL_PAUSE_S", 0.001)

    def refuse(http: Http2Talk, stream_id: int) -> None:
        http.h2.reset_stream(stream_id, 7)
        http.send()

    async def main() -> None:
        peer = http2(refuse)
        async with peer.listening(), open_loop(grpc_client(peer)) as loop:
            await loop.set_level(RATE)
            await asyncio.wait_for(loop.failed.wait(), PATIENCE_S)
            assert isinstance(loop.error, InferenceError)

    run(main())


def test_requests_that_are_late_fail_and_the_others_go_on(run):
    def answer_all_but_every_tenth(http: Http2Talk, stream_id: int) -> None:
        if stream_id % 20 != 1:
            well(http, stream_id)

    async def main() -> None:
        peer = http2(answer_all_but_every_tenth)
        async with peer.listening():
            client = grpc_client(peer, request_timeout_s=0.1)
            async with open_loop(client, error_limit=ErrorLimit(rate=1.0)) as loop:
                records = await all_sent(loop, 100)
        assert records.failures == {"timeout": FailureCount(10, "no answer within 0.1 s")}
        assert len(records) == 90

    run(main())


def say_nothing(_http: Http2Talk, _stream_id: int) -> None:
    """Leave a request unanswered."""


def test_a_server_that_stops_answering_is_waited_for_once(run):
    async def main() -> None:
        peer = http2(say_nothing)
        async with peer.listening(), open_loop(grpc_client(peer)) as loop:
            await loop.set_level(RATE)
            await until(lambda: loop.in_flight > 3)
            for timeout_s in (0.05, 2 * PATIENCE_S):
                with pytest.raises(ServerError, match="the server has stopped answering: "):
                    await loop.drain(timeout_s)

    run(main())


def test_a_ceiling_is_reached_and_never_exceeded(run, echo: EchoServer):
    async def main() -> None:
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await loop.set_level(Concurrency(2, max_per_second=80), request_count=100)
            await until(loop.idle.is_set)
            records = loop.records.take()
        sent_ns = np.sort(records.start_ns)
        assert (records.planned_ns, records.sends) == (None, None)
        assert (sent_ns[80:] - sent_ns[:-80] >= seconds(1)).all(), "81 in a second"
        assert 99 / ((sent_ns[-1] - sent_ns[0]) / 1e9) >= 0.9 * 80, (
            "0.98 and more, on a machine with nothing else to do"
        )

    run(main())
    assert echo.peak <= 2


def test_what_a_ceiling_held_back_is_not_made_up_for(run, echo: EchoServer):
    async def main() -> None:
        echo.expect(2)  # Of one at a time there are never two, so that the first call hangs until it is let go.
        async with open_loop(client_of(echo.endpoint), echo.request()) as loop:
            await loop.set_level(Concurrency(1, max_per_second=500), request_count=20)
            await asyncio.sleep(0.03)
            echo.expect(0)
            await until(loop.idle.is_set)
            records = loop.records.take()
        first_ns, second_ns, *_, last_ns = np.sort(records.start_ns)
        assert second_ns - first_ns >= ms(29)
        # Of the 30 ms no more than 10 are made up for, in which there are 5 requests.
        assert last_ns - second_ns >= (18 - 6) * ms(2)

    run(main())
    assert echo.peak == 1
