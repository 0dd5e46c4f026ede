"""Exactly so many requests are in flight, whatever becomes of the connections; it is the server that counts."""

from itertools import cycle

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

import loadgen.engine.lane
from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connect import connect
from loadgen.engine.shares import at_most
from loadgen.errors import InferenceError
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.connection import ClientConnection
from loadgen.wire.grpc import failure_of
from tests.engine.bad_peers import Http2Talk, Peer, Talk, as_it_is, goaway, http2
from tests.engine.servers import PATIENCE_S, REQUEST, EchoServer, closed_loop, until


class Lockstep:
    """Answers the oldest request when a whole level of them has come: were one missing, nothing would go on."""

    def __init__(self, level: int) -> None:
        self.level = level
        self.held: list[tuple[Http2Talk, int]] = []
        self.peak = 0
        self.asked = 0

    def __call__(self, http: Http2Talk, stream_id: int) -> None:
        self.asked += 1
        self.held.append((http, stream_id))
        self.peak = max(self.peak, len(self.held))
        if len(self.held) >= self.level:
            self.answer_one()

    def answer_one(self) -> None:
        http, stream_id = self.held.pop(0)
        http.answer(stream_id)
        http.send()

    def let_go(self) -> None:
        """Answer without waiting for more."""
        self.level = 1
        while self.held:
            self.answer_one()


async def kept(peer: Peer, lockstep: Lockstep, *, connections: int | None = 1) -> ClosedLoop:
    """Load a peer with the level that it wants, and assert that it had it all the time; return the closed loop."""
    async with peer.listening(), closed_loop(peer.endpoint, REQUEST, connections=connections) as loop:
        await loop.set_level(lockstep.level)
        await until(lambda: len(loop.records) >= 40)
        loop.records.take()
        assert lockstep.peak == lockstep.level
        lockstep.let_go()
        await loop.drain(PATIENCE_S)
        assert loop.error is None
        assert loop.records.take().failures == {}
        assert loop.in_flight == 0
        return loop


@pytest.mark.parametrize("connections", [1, 2, None], ids=["one connection", "two", "one for each"])
def test_on_connections_that_last(run, connections: int | None):
    async def main() -> None:
        lockstep = Lockstep(3)
        report = (await kept(http2(lockstep), lockstep, connections=connections)).connection_report()
        assert (report.reopened, report.goaways, report.sent_again, report.limit) == (0, 0, 0, None)

    run(main())


@pytest.mark.parametrize("connections", [1, 2], ids=["one connection", "two connections"])
def test_when_the_server_says_goodbye(run, connections: int):
    # It finishes what it has, and the slots move to a new connection one by one.
    async def main() -> None:
        lockstep = Lockstep(3)

        def reply(http: Http2Talk, stream_id: int) -> None:
            if http.number == 1 and stream_id == 11:
                http.raw(goaway(stream_id))
            lockstep(http, stream_id)

        peer = http2(reply)
        report = (await kept(peer, lockstep, connections=connections)).connection_report()
        assert (report.goaways, report.reopened, report.sent_again) == (1, 1, 0)
        assert peer.connections == connections + 1

    run(main())


def test_when_the_ids_of_the_streams_are_used_up(run):
    # RFC 9113 section 5.1.1: there are 2^30 of them, which a fast server reaches in a working day.
    async def main() -> None:
        lockstep = Lockstep(3)
        peer = http2(lockstep)

        async def connect_near_the_end():
            wire = ClientConnection()
            wire._next_id = 2**31 - 15  # eight are left
            return await connect(peer.endpoint, wire, tls=None, alpn=None)

        async with peer.listening():
            loop = ClosedLoop(Client(connect_near_the_end, failure_of, at_most(1)), cycle([REQUEST]))
            await loop.set_level(3)
            await until(lambda: len(loop.records) >= 40)
            assert lockstep.peak == 3
            lockstep.let_go()
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            assert lockstep.asked == len(loop.records), "none was lost, and none was sent twice"
            assert loop.connection_report().reopened >= 5
            await loop.close()

    run(main())


# The server takes fewer at a time than are wanted.


@pytest.mark.parametrize(("capacity", "used"), [(1, 3), (2, 2)])
def test_more_connections_are_opened_until_the_level_fits(run, capacity: int, used: int):
    async def main() -> None:
        lockstep = Lockstep(3)
        peer = http2(lockstep, {SettingCodes.MAX_CONCURRENT_STREAMS: capacity})
        report = (await kept(peer, lockstep)).connection_report()
        assert peer.connections == report.open == used
        assert report.limit == capacity

    run(main())


def test_a_level_that_fits_needs_no_more_connections(run):
    async def main() -> None:
        lockstep = Lockstep(4)
        peer = http2(lockstep, {SettingCodes.MAX_CONCURRENT_STREAMS: 2})
        report = (await kept(peer, lockstep, connections=2)).connection_report()
        assert peer.connections == 2
        assert report.limit is None

    run(main())


def test_when_the_server_takes_fewer_than_before(run):
    async def main() -> None:
        lockstep = Lockstep(3)

        def reply(http: Http2Talk, stream_id: int) -> None:
            if stream_id == 21:
                http.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
            lockstep(http, stream_id)

        peer = http2(reply)
        report = (await kept(peer, lockstep)).connection_report()
        assert peer.connections == report.open == 3
        assert report.limit == 1

    run(main())


def test_a_server_that_takes_nothing_for_a_while(run):
    async def main() -> None:
        lockstep = Lockstep(2)
        talks: list[Http2Talk] = []

        async def serve(talk: Talk) -> None:
            http = Http2Talk(talk, {SettingCodes.MAX_CONCURRENT_STREAMS: 0}, as_it_is)
            talks.append(http)
            http.send()
            while data := await talk.reader.read(2**16):
                for stream_id in http.receive(data):
                    lockstep(http, stream_id)
                http.send()

        peer = Peer(serve)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST) as loop:
            await loop.set_level(2)
            assert (loop.in_flight, peer.connections) == (0, 2), "one connection for each request, and no more"
            assert loop.connection_report().limit == 0
            talks[1].h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 5})
            talks[1].send()
            await until(lambda: len(loop.records) >= 20)
            assert lockstep.peak == 2
            lockstep.let_go()
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            assert lockstep.asked == len(loop.records)

    run(main())


def test_what_fits_nowhere_waits_for_room(run):
    # This server takes two connections, and one request at a time on each.
    async def main() -> None:
        lockstep = Lockstep(2)

        async def serve(talk: Talk) -> None:
            if talk.number <= 2:
                await peer_of_two.serve(talk)

        peer_of_two = http2(lockstep, {SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        peer = Peer(serve)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST) as loop:
            await loop.set_level(5)
            await until(lambda: len(loop.records) >= 40)
            assert lockstep.peak == loop.in_flight == 2
            assert loop.connection_report().limit == 1
            lockstep.let_go()
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            assert lockstep.asked == len(loop.records)

    run(main())


@pytest.mark.parametrize("capacity", [1, 2])
@pytest.mark.parametrize("level", [1, 3, 8])
def test_a_real_server_that_takes_few_at_a_time(run, level: int, capacity: int):
    async def main() -> None:
        async with closed_loop(echo.endpoint, echo.request()) as loop:
            echo.expect(level)
            await loop.set_level(level)
            await until(lambda: len(loop.records) >= 10 * level)
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            assert loop.records.take().failures == {}
            assert echo.peak == level

    with EchoServer(max_concurrent_streams=capacity) as echo:
        run(main())


# The server refuses streams without having said how many it takes (RFC 9113 section 8.7).


def refuse(http: Http2Talk, stream_id: int) -> None:
    http.h2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)


def test_a_server_that_refuses_what_is_too_much(run):
    async def main() -> None:
        lockstep = Lockstep(3)

        def reply(http: Http2Talk, stream_id: int) -> None:
            if len(lockstep.held) == 2:
                refuse(http, stream_id)
                lockstep.answer_one()
            else:
                lockstep(http, stream_id)

        peer = http2(reply)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST) as loop:
            await loop.set_level(3)
            await until(lambda: len(loop.records) >= 40)
            lockstep.let_go()
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            assert loop.records.take().failures == {}
            assert loop.connection_report().sent_again >= 10

    run(main())


@pytest.mark.parametrize("level", [1, 3])
def test_a_server_that_refuses_everything(run, monkeypatch: pytest.MonkeyPatch, level: int):
    monkeypatch.setattr(loadgen.engine.lane, "REFUSAL_PAUSE_S", 0.001)

    async def main() -> None:
        peer = http2(refuse)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST) as loop:
            await loop.set_level(level)
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)
            assert isinstance(loop.error, InferenceError)
            assert str(loop.error) == "[reset] the server reset the stream with REFUSED_STREAM"
            assert len(peer.asked) == level + 101
            assert loop.connection_report().sent_again == 101

    run(main())


def test_a_server_that_refuses_everything_and_is_tolerated(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loadgen.engine.lane, "REFUSAL_PAUSE_S", 0.001)

    async def main() -> None:
        peer = http2(refuse)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, error_limit=ErrorLimit(count=5)) as loop:
            await loop.set_level(2)
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)
            assert str(loop.error).startswith("failed requests: 6, more than the 5 that")
            assert loop.records.take().failures["reset"].count == 6

    run(main())
