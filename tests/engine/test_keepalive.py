"""A silent server is asked whether it is alive."""

import pytest
from h2.events import PingReceived

from loadgen.engine.connect import connect
from loadgen.engine.connection import SocketConnection
from loadgen.wire.connection import ClientConnection
from tests.engine.bad_peers import Http2Talk, Peer, Talk, as_it_is, http2, well
from tests.engine.servers import REQUEST, until

KEEPALIVE_S = 0.05


async def connected(peer: Peer) -> tuple[SocketConnection, list]:
    """Return a connection that is kept alive, and a list of what is said when it is lost."""
    connection = await connect(peer.endpoint, ClientConnection(), tls=None, alpn=None, keepalive_s=KEEPALIVE_S)
    lost: list[object] = []
    connection.on_lost = lambda exchanges, failure: lost.append((exchanges, failure))
    return connection, lost


def test_a_server_that_answers_is_asked_again_and_again(run):
    async def main() -> None:
        talks: list[Http2Talk] = []

        async def serve(talk: Talk) -> None:
            http = Http2Talk(talk, {}, as_it_is)
            talks.append(http)
            http.send()
            while data := await talk.reader.read(2**16):
                http.receive(data)
                http.send()

        peer = Peer(serve)
        async with peer.listening():
            connection, lost = await connected(peer)
            await until(lambda: sum(isinstance(event, PingReceived) for event in talks[0].events) >= 3)
            assert lost == []
            connection.close()
            await connection.wait_closed()
            assert lost == []

    run(main())


def test_a_server_that_does_not_answer_is_given_up(run):
    async def greet_and_say_no_more(talk: Talk) -> None:
        Http2Talk(talk, {}, as_it_is).send()
        while await talk.reader.read(2**16):
            pass

    async def main() -> None:
        peer = Peer(greet_and_say_no_more)
        async with peer.listening():
            connection, lost = await connected(peer)
            exchange = connection.start(REQUEST)
            connection.flush()
            await until(lambda: lost)
            await connection.wait_closed()
            ((exchanges, failure),) = lost
            assert exchanges == [exchange]
            assert failure.kind == "connection lost"
            assert failure.message.startswith(
                f"{peer.endpoint}: the server does not answer PINGs: nothing has come for "
            )

    run(main())


@pytest.mark.parametrize("keepalive_s", [None, 10.0])
def test_a_server_that_is_not_silent_is_not_asked(run, keepalive_s: float | None):
    talks: set[Http2Talk] = set()

    def reply(http: Http2Talk, stream_id: int) -> None:
        talks.add(http)
        well(http, stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            connection = await connect(peer.endpoint, ClientConnection(), tls=None, alpn=None, keepalive_s=keepalive_s)
            ended: list[object] = []
            connection.on_finished = lambda exchanges, _end_ns: ended.extend(exchanges)
            connection.start(REQUEST)
            connection.flush()
            await until(lambda: ended)
            connection.close()
            await connection.wait_closed()

    run(main())
    (talk,) = talks
    assert not any(isinstance(event, PingReceived) for event in talk.events)
