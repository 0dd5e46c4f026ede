"""Replies byte by byte: the unusual ones that are right, and the malformed ones, which end the connection cleanly."""

import pytest

from loadgen.errors import RemoteProtocolError
from loadgen.wire.http1 import Http1Connection
from loadgen.wire.http1_reply import MAX_CHUNK_LINE, MAX_HEAD
from tests.wire.http1_peer import REQUEST, all_at_once, feed, one_byte_at_a_time

OK = b"HTTP/1.1 200 OK\r\n"
GOOD = OK + b"Content-Length: 2\r\n\r\nhi"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

in_pieces = pytest.mark.parametrize("cut", [all_at_once, one_byte_at_a_time])


@in_pieces
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", id="no reason phrase and no blank before it"),
        pytest.param(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", id="an empty reason phrase"),
        pytest.param(b"HTTP/1.9 200 OK\r\nContent-Length: 2\r\n\r\nhi", id="a later minor version"),
        pytest.param(OK + b"Content-Length:2\r\n\r\nhi", id="no blank before a value"),
        pytest.param(OK + b"Content-Length: \t 2 \t\r\n\r\nhi", id="blanks around a value"),
        pytest.param(OK + b"Content-Length: 2, 2\r\n\r\nhi", id="the same length twice on a line"),
        pytest.param(OK + b"content-length: 2\r\nCONTENT-LENGTH: 2\r\n\r\nhi", id="the same length on two lines"),
        pytest.param(OK + b"X-Empty:\r\nX-Latin: \xe4\r\nContent-Length: 2\r\n\r\nhi", id="odd values"),
        pytest.param(OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", id="chunked in upper case"),
        pytest.param(CHUNKED + b"00000002\r\nhi\r\n000\r\n\r\n", id="zeros before the size of a chunk"),
        pytest.param(CHUNKED + b'1;a=b;c="d"\r\nh\r\n1 ; x\r\ni\r\n0;last\r\n\r\n', id="extensions of chunks"),
        pytest.param(
            OK + b"".join(b"X-%d: %s\r\n" % (n, b"v" * 400) for n in range(100)) + b"Content-Length: 2\r\n\r\nhi",
            id="a head of 41 kB",
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + GOOD, id="fifty interim replies"),
    ],
)
def test_unusual_replies_that_are_right(cut, reply):
    client = Http1Connection()
    client.start(REQUEST)
    finished, error = feed(client, cut(reply))
    assert error is None
    assert [(one.headers[b":status"], one.body) for one in finished] == [(b"200", b"hi")]
    assert client.room == 1


@pytest.mark.parametrize(
    ("version", "connection", "lasts"),
    [
        pytest.param(b"1.1", b"", True, id="1.1 lasts"),
        pytest.param(b"1.1", b"close", False, id="1.1 with close ends"),
        pytest.param(b"1.1", b"Keep-Alive, CLOSE", False, id="close wins, in any case"),
        pytest.param(b"1.1", b"closed", True, id="closed is not close"),
        pytest.param(b"1.0", b"", False, id="1.0 ends"),
        pytest.param(b"1.0", b"Keep-Alive", True, id="1.0 with keep-alive lasts"),
    ],
)
def test_how_long_a_connection_lasts(version, connection, lasts):
    client = Http1Connection()
    client.start(REQUEST)
    client.receive(b"HTTP/%s 200 OK\r\nConnection: %s\r\nContent-Length: 2\r\n\r\nhi" % (version, connection))
    assert client.in_flight == 0
    assert client.is_going_away is not lasts


@in_pieces
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(b"\0\0\x18\x04\0\0\0\0\0", "does not answer in HTTP/1.1", id="HTTP/2"),
        pytest.param(b"\x15\x03\x03\0\x02\x02\x46", "does not answer in HTTP/1.1", id="TLS"),
        pytest.param(b"SSH-2.0-x\r\n", "does not answer in HTTP/1.1", id="SSH"),
        pytest.param(b"HTTP/2.0 200 OK\r\n\r\n", "does not answer in HTTP/1.1", id="another version"),
        pytest.param(b"\r\n" + GOOD, "does not answer in HTTP/1.1", id="an empty line first"),
        pytest.param(b"HTTP/1.1 20 OK\r\n\r\n", "malformed status line: 'HTTP/1.1 20 OK'", id="a status of two digits"),
        pytest.param(b"HTTP/1.1 099 OK\r\n\r\n", "malformed status line", id="a status below 100"),
        pytest.param(b"HTTP/1.1  200 OK\r\n\r\n", "malformed status line", id="two blanks"),
        pytest.param(b"HTTP/1.1 200 O\0K\r\n\r\n", "malformed status line", id="a zero byte in the reason"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "status 101", id="a switch of protocols"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "without a carriage return", id="bare line feeds"),
        pytest.param(OK + b"no colon\r\n\r\n", "malformed header line: 'no colon'", id="a line without a colon"),
        pytest.param(OK + b": value\r\n\r\n", "malformed header line", id="no name"),
        pytest.param(OK + b"Content-Length : 0\r\n\r\n", "malformed header line", id="a blank before the colon"),
        pytest.param(OK + b"A: b\r\n c\r\n\r\n", "malformed header line", id="a folded line"),
        pytest.param(OK + b"A: b\rc\r\n\r\n", "malformed header line", id="a bare carriage return"),
        pytest.param(OK + b"A: b\nc: d\r\n\r\n", "malformed header line", id="a bare line feed in a header"),
        pytest.param(OK + b"Content-Length: -1\r\n\r\n", "malformed Content-Length", id="a length below zero"),
        pytest.param(OK + b"Content-Length: 0x2\r\n\r\n", "malformed Content-Length", id="a length in hexadecimal"),
        pytest.param(OK + b"Content-Length: 1_0\r\n\r\n", "malformed Content-Length", id="a length as in Python"),
        pytest.param(OK + b"Content-Length:\r\n\r\n", "malformed Content-Length", id="an empty length"),
        pytest.param(OK + b"Content-Length: 2, 3\r\n\r\n", "malformed Content-Length", id="two lengths"),
        pytest.param(OK + b"Content-Length: %s\r\n\r\n" % (b"9" * 5000), "malformed Content-Length", id="no end of it"),
        pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer encoding", id="another encoding"),
        pytest.param(OK + b"Transfer-Encoding: identity\r\n\r\n", "transfer encoding", id="no encoding"),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
            "transfer encoding",
            id="chunks and a length",
        ),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer encoding", id="chunks in HTTP/1.0"
        ),
        pytest.param(CHUNKED + b"x\r\n", "chunk without a proper size", id="a chunk of size x"),
        pytest.param(CHUNKED + b"\r\n", "chunk without a proper size", id="a chunk without a size"),
        pytest.param(CHUNKED + b"-1\r\n", "chunk without a proper size", id="a chunk below zero"),
        pytest.param(CHUNKED + b"1" * 16 + b"\r\n", "chunk without a proper size", id="a chunk beyond all memory"),
        pytest.param(CHUNKED + b"2\nhi", "without a carriage return", id="a bare line feed after a size"),
        pytest.param(CHUNKED + b"2\r\nhi!\r\n", "longer than its size", id="a chunk that is too long"),
        pytest.param(CHUNKED + b"0\r\nbroken\r\n\r\n", "malformed header line", id="a broken trailer"),
        pytest.param(CHUNKED + b"0\r\nA: b\n\n", "without a carriage return", id="a bare line feed in the trailers"),
        pytest.param(OK + b"A: " + b"a" * MAX_HEAD, f"more than {MAX_HEAD} bytes", id="a head without an end"),
        pytest.param(OK[:-2] + b"!" * MAX_HEAD, f"more than {MAX_HEAD} bytes", id="a status line without an end"),
        pytest.param(CHUNKED + b"1;" + b"a" * MAX_CHUNK_LINE, f"more than {MAX_CHUNK_LINE} bytes", id="an extension"),
        pytest.param(CHUNKED + b"0\r\nA: " + b"a" * MAX_HEAD, f"more than {MAX_HEAD} bytes", id="a trailer"),
    ],
)
def test_malformed_replies_end_the_connection_with_a_clear_word(cut, reply, words):
    client = Http1Connection()
    exchange = client.start(REQUEST)
    finished, error = feed(client, cut(reply))
    assert finished == []
    assert words in str(error)
    assert list(client.open_exchanges) == [exchange]
    assert (client.room, client.is_going_away) == (0, True)


def test_a_dead_connection_stays_dead():
    client = Http1Connection()
    client.start(REQUEST)
    for data in (b"SSH-2.0-x\r\n", GOOD):
        with pytest.raises(RemoteProtocolError, match="does not answer in HTTP"):
            client.receive(data)


def test_bytes_that_nobody_asked_for_are_refused():
    with pytest.raises(RemoteProtocolError, match="5 bytes that nobody asked for"):
        Http1Connection().receive(b"Hello")


def test_a_second_reply_does_not_make_the_first_one_bad():
    client = Http1Connection()
    exchange = client.start(REQUEST)
    finished, error = feed(client, [GOOD + GOOD])
    assert finished == [exchange]
    assert (exchange.body, exchange.failure) == (b"hi", None)
    assert f"{len(GOOD)} bytes that nobody asked for" in str(error)


def test_what_follows_the_last_reply_of_a_connection_is_nobodys_business():
    client = Http1Connection()
    exchange = client.start(REQUEST)
    assert client.receive(OK + b"Connection: close\r\nContent-Length: 0\r\n\r\nbye") == [exchange]
    assert client.receive(b"and again") == []


def test_a_head_that_begins_like_the_one_before_is_read_anew():
    client = Http1Connection()
    for reply, body in ((GOOD, b"hi"), (OK + b"Content-Length: 2\r\nX: y\r\n\r\nho", b"ho"), (GOOD, b"hi")):
        client.start(REQUEST)
        (exchange,) = client.receive(reply)
        assert exchange.body == body
        assert (b"x" in exchange.headers) == (body == b"ho")
