"""The periodic load on a peer that says nothing by itself: more is sent when the latest have had enough responses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import pytest

from loadgen.engine.client import Client
from loadgen.engine.connect import connect
from loadgen.engine.connection import Connection
from loadgen.engine.periodic_loop import PeriodicLoop
from loadgen.engine.shares import at_most
from loadgen.load.modes import PeriodicConcurrency
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.grpc import unary_request
from loadgen.wire.streaming import OnResponse, StreamingConnection, failure_of
from tests.engine.bad_peers import Http2Talk, Peer
from tests.engine.servers import PATIENCE_S, until
from tests.engine.streaming_peers import STREAM_HEADERS, read_reply, say, streaming

REQUEST = unary_request((), b"request")
TOLERANT = ErrorLimit(count=100)


class Silent:
    """A server that keeps the requests it got, in order, and speaks when it is told to."""

    def __init__(self) -> None:
        self.peer: Peer = streaming(self._keep)
        self._got: list[tuple[Http2Talk, int, str]] = []

    @property
    def got(self) -> int:
        return len(self._got)

    def say(self, request: int, *words: str) -> None:
        """Send messages for a request, given its place among all that came: `part`, `last`, `end` or `error`."""
        http, stream_id, number = self._got[request]
        say(http, stream_id, *(f"{number} {word}" for word in words))
        http.send()

    def hang_up(self) -> None:
        self._got[0][0].talk.hang_up()

    def _keep(self, http: Http2Talk, stream_id: int, number: str) -> None:
        self._got.append((http, stream_id, number))


@asynccontextmanager
async def periodic(
    load: PeriodicConcurrency,
    *,
    connections: int = 1,
    limit: ErrorLimit | None = None,
    request_timeout_s: float | None = None,
) -> AsyncIterator[tuple[PeriodicLoop, Silent]]:
    """A load that has begun, and its server, which has got the first requests."""
    server = Silent()

    def client_for(on_response: OnResponse) -> Client:
        async def open_one() -> Connection:
            wire = StreamingConnection(STREAM_HEADERS, read_reply, on_response=on_response)
            return await connect(server.peer.endpoint, wire, tls=None, alpn=None)

        return Client(open_one, failure_of, at_most(connections), request_timeout_s)

    loop = PeriodicLoop(client_for, cycle([REQUEST]), error_limit=limit)
    async with server.peer.listening():
        try:
            await loop.set_level(load)
            await until(lambda: server.got == load.start)
            yield loop, server
        finally:
            await loop.close()


@pytest.mark.parametrize("connections", [1, 2], ids=["one connection", "two connections"])
def test_more_are_sent_when_all_of_the_latest_have_had_enough_responses(run, connections: int):
    async def main() -> None:
        async with periodic(PeriodicConcurrency(2, 5, step=3, period=2), connections=connections) as (loop, server):
            server.say(0, "part", "part", "part")
            server.say(1, "part")
            await until(lambda: loop.in_flight == 2)
            server.say(1, "part")
            await until(lambda: server.got == 5)
            assert loop.in_flight == 5
            for request in range(5):
                server.say(request, "last")
            await loop.idle.wait()
            assert loop.records.ended_count == 5

    run(main())


def test_each_request_is_sent_once_and_those_before_go_on_meanwhile(run):
    async def main() -> None:
        async with periodic(PeriodicConcurrency(1, 4, period=1)) as (loop, server):
            for request in range(1, 4):
                server.say(request - 1, "part")
                await until(lambda request=request: server.got == request + 1)
                assert loop.in_flight == request + 1
            for request in (3, 0, 2, 1):
                assert not loop.idle.is_set()
                server.say(request, "end")
            await loop.idle.wait()
            assert (server.got, loop.records.ended_count, loop.in_flight) == (4, 4, 0)

    run(main())


@pytest.mark.parametrize("words", [("last",), ("part", "end"), ("end",), ("part", "error")], ids=" ".join)
def test_a_request_that_ends_with_fewer_responses_holds_nobody_up(run, words: tuple[str, ...]):
    async def main() -> None:
        async with periodic(PeriodicConcurrency(2, 4, step=2, period=3), limit=TOLERANT) as (loop, server):
            server.say(0, *words)
            server.say(1, "part", "part", "part")
            await until(lambda: server.got == 4)
            server.say(2, *words)
            server.say(3, *words)
            server.say(1, "end")
            await loop.idle.wait()
            assert loop.records.ended_count == 4

    run(main())


def test_a_request_that_is_given_up_holds_nobody_up(run):
    async def main() -> None:
        load = PeriodicConcurrency(1, 3, period=5)
        async with periodic(load, limit=TOLERANT, request_timeout_s=0.05) as (loop, server):
            await loop.idle.wait()
            assert (server.got, loop.records.ended_count) == (3, 3)
            assert dict(loop.records.take().failures)["timeout"].count == 3

    run(main())


def test_a_lost_connection_holds_nobody_up(run):
    async def main() -> None:
        async with periodic(PeriodicConcurrency(2, 3, period=5), limit=TOLERANT) as (loop, server):
            server.say(0, "part")
            server.hang_up()
            await until(lambda: server.got == 3)
            server.say(2, "last")
            await loop.idle.wait()
            assert loop.connection_report().reopened == 1

    run(main())


def test_the_first_failed_request_ends_the_load(run):
    async def main() -> None:
        async with periodic(PeriodicConcurrency(2, 4, period=1)) as (loop, server):
            server.say(0, "error")
            await loop.failed.wait()
            server.say(1, "part", "end")
            await loop.drain(PATIENCE_S)
            assert (server.got, loop.records.ended_count) == (2, 2)
            assert str(loop.error) == "[stream error] error"

    run(main())


def test_a_load_that_is_told_to_stop_sends_nothing_more_and_sees_what_is_in_flight_to_its_end(run):
    async def main() -> None:
        async with periodic(PeriodicConcurrency(1, 4, period=1)) as (loop, server):
            server.say(0, "part", "part", "end")
            await loop.drain(PATIENCE_S)
            assert loop.idle.is_set()
            assert (server.got, loop.records.ended_count, loop.in_flight) == (1, 1, 0)

    run(main())


def test_so_many_requests_are_sent_whatever_the_end_of_the_load(run):
    async def main() -> None:
        load = PeriodicConcurrency(2, 8, step=2, period=1)
        async with periodic(load) as (loop, server):
            for request in range(2):
                server.say(request, "part")
            await until(lambda: server.got == 4)
            before = server.got
            for request in range(before):
                server.say(request, "end")
            await loop.drain(PATIENCE_S)
            await loop.set_level(load, request_count=3)
            await until(lambda: server.got == before + 2)
            for request in range(before, before + 2):
                server.say(request, "part")
            await until(lambda: server.got == before + 3)
            for request in range(before, before + 3):
                server.say(request, "end")
            await loop.idle.wait()
            assert server.got == before + 3

    run(main())
