"""HTTP/2 connections that the server ends, or that it makes useless: the loss is said, or made good when tolerated."""

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated

import loadgen.engine.reconnection
from loadgen.errors import ServerError
from loadgen.measure.failures import ErrorLimit
from tests.engine.bad_peers import HEADERS, HELLO, Http2Talk, Reply, goaway, http2, well
from tests.engine.bad_peers_load import MESSAGES, grpc_client, load_on

BAD_STREAM = 21
"""on which the peers below misbehave: ten requests were answered well before"""


# The first connection fails, later ones are good.


def leave(http: Http2Talk, stream_id: int) -> None:
    http.send()
    http.talk.hang_up()


def leave_in_mid_reply(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO[:7])
    leave(http, stream_id)


def die(http: Http2Talk, stream_id: int) -> None:
    http.send()
    http.talk.reset()


def send_a_malformed_ping(http: Http2Talk, stream_id: int) -> None:
    http.raw(b"\0\0\0\x06\0\0\0\0\0")


def send_headers_without_end(http: Http2Talk, stream_id: int) -> None:
    stream = stream_id.to_bytes(4, "big")
    http.raw(b"\x00\x00\x00\x01\x00" + stream + (b"\x00\x40\x00\x09\x00" + stream + bytes(2**14)) * 100)


def send_indices_out_of_the_table(http: Http2Talk, stream_id: int) -> None:
    http.raw(b"\x00\x00\x02\x01\x04" + stream_id.to_bytes(4, "big") + b"\xff\x70")


def send_a_header_bomb(http: Http2Talk, stream_id: int) -> None:
    # One field of 4 kB for the dynamic table, and 12 000 references to it of one byte each: 48 MB of headers.
    block = b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 12_000
    http.raw(len(block).to_bytes(3, "big") + b"\x01\x04" + stream_id.to_bytes(4, "big") + block)


def answer_what_was_not_asked(http: Http2Talk, stream_id: int) -> None:
    http.raw(b"\x00\x00\x01\x01\x04" + (2**31 - 1).to_bytes(4, "big") + b"\x88")


LOSSES = [
    pytest.param(leave, "the server closed the connection", id="leaves"),
    pytest.param(leave_in_mid_reply, "the server closed the connection", id="leaves in mid-reply"),
    pytest.param(die, "Connection reset by peer", id="dies"),
    pytest.param(send_a_malformed_ping, "the server sent a malformed PING frame", id="a malformed frame"),
    pytest.param(send_headers_without_end, "the server sent an endless header block", id="endless headers"),
    pytest.param(send_indices_out_of_the_table, "header", id="an index out of the table"),
    pytest.param(send_a_header_bomb, "header", id="a header bomb"),
    pytest.param(answer_what_was_not_asked, "never opened", id="an answer to nothing"),
]


def once(misbehave: Reply) -> Reply:
    def reply(http: Http2Talk, stream_id: int) -> None:
        if http.number > 1 or stream_id < BAD_STREAM:
            well(http, stream_id)
        elif stream_id == BAD_STREAM:
            misbehave(http, stream_id)

    return reply


@pytest.mark.parametrize(("misbehave", "words"), LOSSES)
def test_a_lost_connection_ends_the_load(run, misbehave: Reply, words: str):
    async def main() -> None:
        peer = http2(once(misbehave))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer))
        assert str(outcome.error).startswith(f"[connection lost] {peer.endpoint}: ")
        assert words in str(outcome.error)
        assert "\n" not in str(outcome.error)
        assert outcome.recorded == 10
        assert outcome.kinds == {"connection lost": outcome.ended - 10}
        assert peer.connections == 1

    run(main())


@pytest.mark.parametrize(("misbehave", "words"), LOSSES)
def test_a_lost_connection_is_opened_again_when_failures_are_tolerated(run, misbehave: Reply, words: str):
    async def main() -> None:
        peer = http2(once(misbehave))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer), limit=ErrorLimit(count=3))
        assert outcome.error is None
        assert outcome.recorded == len(peer.answered) >= 25
        assert 1 <= outcome.kinds["connection lost"] <= 3, "those in flight, and no other"
        assert words in outcome.failures["connection lost"].example
        assert sorted(set(peer.answered)) == sorted(peer.answered), "none was done twice"
        assert outcome.connections.reopened == 1

    run(main())


def test_a_server_that_breaks_the_protocol_is_told_so(run):
    talks: list[Http2Talk] = []

    def reply(http: Http2Talk, stream_id: int) -> None:
        talks.append(http)
        send_a_malformed_ping(http, stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            await load_on(peer, grpc_client(peer), level=1)

    run(main())
    (goodbye,) = (event for event in talks[0].events if isinstance(event, ConnectionTerminated))
    assert goodbye.error_code == ErrorCodes.FRAME_SIZE_ERROR


def test_replies_that_came_before_the_mistake_count(run):
    # Every request is answered, so the load goes on, over a new connection each time.
    def reply(http: Http2Talk, stream_id: int) -> None:
        well(http, stream_id)
        send_a_malformed_ping(http, stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer), level=1)
        assert (outcome.error, outcome.failures) == (None, {})
        assert peer.answered == MESSAGES[: outcome.recorded]
        assert outcome.connections.reopened >= outcome.recorded - 1

    run(main())


def test_a_server_that_always_says_goodbye(run, monkeypatch: pytest.MonkeyPatch):
    # It promises that it has done nothing, and does so again and again: nothing fails, and nothing gets on either.
    monkeypatch.setattr(loadgen.engine.reconnection, "RECONNECT_PATIENCE_S", 0.3)

    def reply(http: Http2Talk, stream_id: int) -> None:
        http.raw(goaway(0, b"too_many_pings", ErrorCodes.ENHANCE_YOUR_CALM))
        http.talk.hang_up()

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer))
        assert isinstance(outcome.error, ServerError)
        assert "0.3 s" in str(outcome.error)
        assert "too_many_pings" in str(outcome.error)
        assert (outcome.recorded, outcome.failures) == (0, {})

    run(main())
