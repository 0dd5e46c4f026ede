"""PING is answered with its own bytes, in both directions (RFC 9113 section 6.7)."""

from h2.events import PingAckReceived, PingReceived
from hyperframe.frame import PingFrame

from tests.wire.peer import Pair, ready_client, request


def test_a_ping_is_answered_with_the_same_bytes(pair: Pair):
    pair.server.ping(b"abcdefgh")
    pair.exchange()

    assert [event.ping_data for event in pair.happened(PingAckReceived)] == [b"abcdefgh"]


def test_pings_are_answered_in_order_while_a_call_runs(pair: Pair):
    exchange = pair.client.start(request())
    pair.exchange()
    for data in (b"first---", b"second--"):
        pair.server.ping(data)
    pair.answer(exchange.stream_id)

    assert pair.exchange() == [exchange]
    assert [event.ping_data for event in pair.happened(PingAckReceived)] == [b"first---", b"second--"]


def test_an_answer_to_a_ping_is_not_answered():
    client = ready_client()

    client.receive(PingFrame(opaque_data=b"abcdefgh", flags=["ACK"]).serialize())

    assert client.take_output() == b""


def test_the_server_answers_ours(pair: Pair):
    assert not pair.client.awaits_pong
    pair.client.ping()
    assert pair.client.awaits_pong

    pair.exchange()

    assert len(pair.happened(PingReceived)) == 1
    assert not pair.client.awaits_pong


def test_an_answer_to_what_was_never_asked_is_no_sign_of_life():
    client = ready_client()
    client.ping()

    client.receive(PingFrame(opaque_data=b"abcdefgh", flags=["ACK"]).serialize())

    assert client.awaits_pong
