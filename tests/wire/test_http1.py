"""Our client and an h11 server joined in memory: requests arrive whole, replies in every framing and any pieces."""

import h11
import pytest

from loadgen.errors import LocalProtocolError
from loadgen.wire.exchange import CONNECTION_LOST, TIMEOUT, Failure
from loadgen.wire.http1 import Http1Connection, Http1Request
from tests.wire.http1_peer import REQUEST, H11Server, all_at_once, feed, one_byte_at_a_time, whole

LENGTH = ("Content-Length", "6")
CHUNKED = ("Transfer-Encoding", "chunked")
LOST = Failure(CONNECTION_LOST, "the server closed the connection")

in_pieces = pytest.mark.parametrize("cut", [all_at_once, one_byte_at_a_time])


@pytest.fixture
def client() -> Http1Connection:
    return Http1Connection()


@pytest.fixture
def server() -> H11Server:
    return H11Server()


@in_pieces
def test_request_after_request_on_one_connection(client, server, cut):
    for number in (b"1", b"2", b"3"):
        exchange = client.start(Http1Request(REQUEST.head, b"question"[:-1] + number))
        asked, body = server.take(client.take_output())
        assert (asked.method, asked.target, body) == (b"POST", b"/echo", b"questio" + number)
        assert (client.in_flight, client.room, list(client.open_exchanges)) == (1, 0, [exchange])

        finished, error = feed(client, cut(server.answer(*whole(LENGTH, body=b"answer"))))

        assert (finished, error) == ([exchange], None)
        assert (exchange.body, exchange.failure, exchange.headers[b":status"]) == (b"answer", None, b"200")
        assert (client.in_flight, client.room, list(client.open_exchanges)) == (0, 1, [])


@in_pieces
@pytest.mark.parametrize(
    ("framing", "parts"),
    [
        pytest.param(LENGTH, [b"answer"], id="a length"),
        pytest.param(("Content-Length", "0"), [], id="a length of nothing"),
        pytest.param(CHUNKED, [b"an", b"swer"], id="chunks"),
        pytest.param(CHUNKED, [], id="no chunk at all"),
        pytest.param(CHUNKED, [bytes(range(256)) * 40, b"\r\n0\r\n\r\n"], id="chunks of any bytes"),
    ],
)
def test_bodies_in_every_framing(client, cut, framing, parts):
    server = H11Server()
    client.start(REQUEST)
    server.take(client.take_output())
    reply = server.answer(
        h11.Response(status_code=200, headers=[framing]), *(h11.Data(data=part) for part in parts), h11.EndOfMessage()
    )
    for _ in range(2):  # The second time the head is known.
        finished, error = feed(client, cut(reply))
        assert error is None
        assert [exchange.body for exchange in finished] == [b"".join(parts)]
        assert not client.is_going_away
        client.start(REQUEST)


@in_pieces
def test_trailers_come_after_the_chunks(client, server, cut):
    client.start(REQUEST)
    server.take(client.take_output())
    reply = server.answer(
        h11.Response(status_code=200, headers=[CHUNKED, ("X", "head")]),
        h11.Data(data=b"answer"),
        h11.EndOfMessage(headers=[("X", "trailer"), ("Y", "z")]),
    )

    ((exchange,), _) = feed(client, cut(reply))

    assert exchange.headers[b"x"] == b"head"
    assert exchange.trailers == {b"x": b"trailer", b"y": b"z"}


def test_without_trailers_they_equal_the_headers(client, server):
    client.start(REQUEST)
    server.take(client.take_output())
    (exchange,) = client.receive(server.answer(*whole(CHUNKED)))
    assert exchange.trailers == exchange.headers


@in_pieces
def test_interim_replies_come_before_the_real_one(client, server, cut):
    client.start(REQUEST)
    server.take(client.take_output())
    hints = h11.InformationalResponse(status_code=103, headers=[("Link", "</style.css>")])
    finished, _ = feed(client, cut(server.answer(hints, hints, *whole(LENGTH))))
    assert [(one.headers[b":status"], one.body) for one in finished] == [(b"200", b"answer")]


@pytest.mark.parametrize("status", [204, 304])
def test_some_replies_never_have_a_body(client, server, status):
    client.start(REQUEST)
    server.take(client.take_output())
    reply = server.answer(h11.Response(status_code=status, headers=[("ETag", '"1"')]), h11.EndOfMessage())
    (exchange,) = client.receive(reply)
    assert exchange.body == b""
    assert client.room == 1


def test_the_headers_of_a_reply_are_lower_case_and_joined(client, server):
    client.start(REQUEST)
    server.take(client.take_output())
    (exchange,) = client.receive(server.answer(*whole(LENGTH, ("X-Two", "a"), ("x-two", "b"))))
    assert exchange.headers[b"x-two"] == b"a, b"
    assert exchange.headers[b":reason"] == b"OK"


@in_pieces
def test_a_connection_that_the_server_announces_to_close_takes_no_more(client, server, cut):
    client.start(REQUEST)
    server.take(client.take_output())
    finished, _ = feed(client, cut(server.answer(*whole(LENGTH, ("Connection", "close")))))
    assert finished[0].body == b"answer"
    assert (client.is_going_away, client.capacity, client.room) == (True, 0, 0)
    with pytest.raises(LocalProtocolError):
        client.start(REQUEST)


@in_pieces
def test_a_body_may_last_until_the_server_closes_its_side(client, server, cut):
    exchange = client.start(REQUEST)
    server.take(client.take_output().replace(b"HTTP/1.1", b"HTTP/1.0"))  # h11 frames like this for old clients alone

    assert feed(client, cut(server.answer(*whole()))) == ([], None)
    assert (client.room, client.is_going_away) == (0, True)
    assert client.end_of_input() == [exchange]
    assert (exchange.body, exchange.failure) == (b"answer", None)


def test_one_request_at_a_time(client):
    client.start(REQUEST)
    with pytest.raises(LocalProtocolError, match="takes no more requests now"):
        client.start(REQUEST)


# The end of a connection


def test_a_server_that_closes_in_the_middle_of_a_reply_has_not_answered(client):
    exchange = client.start(REQUEST)
    client.take_output()
    client.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nans")

    assert client.end_of_input() == []
    assert client.disconnect(LOST) == [exchange]
    assert (exchange.failure, exchange.unprocessed) == (LOST, False)
    assert (client.in_flight, client.room) == (0, 0)


def test_a_request_without_any_reply_may_have_been_carried_out(client):
    exchange = client.start(REQUEST)
    client.take_output()
    assert client.disconnect(LOST) == [exchange]
    assert exchange.unprocessed is False


def test_a_request_that_never_left_was_not_carried_out(client):
    exchange = client.start(REQUEST)
    assert client.disconnect(LOST) == [exchange]
    assert exchange.unprocessed is True


def test_a_connection_that_the_server_closed_while_idle_takes_no_more(client):
    assert client.end_of_input() == []
    assert (client.is_going_away, client.room) == (True, 0)
    assert client.disconnect(LOST) == []


def test_what_comes_after_a_cancelled_request_is_not_taken_for_another(client):
    exchange = client.start(REQUEST)
    failure = Failure(TIMEOUT, "no reply within 1 s")

    client.cancel(exchange, failure)

    assert exchange.failure == failure
    assert (client.in_flight, client.is_going_away) == (0, True)
    assert client.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == []
    assert client.disconnect(LOST) == []
    assert exchange.failure == failure


def test_to_cancel_what_has_ended_changes_nothing(client):
    exchange = client.start(REQUEST)
    client.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    client.cancel(exchange, LOST)
    assert (exchange.failure, client.room) == (None, 1)


def test_there_is_nothing_to_say_beside_requests(client):
    client.ping()
    client.say_goodbye()
    assert client.take_output() == b""
    assert (client.is_ready, client.awaits_pong, client.goaway_words) == (True, False, "")
