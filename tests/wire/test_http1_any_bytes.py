"""Whatever bytes come in whatever pieces: the same exchanges end, or the same clean error comes, and nothing else."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from loadgen.wire.http1 import Http1Connection
from loadgen.wire.kserve_http import failure_of
from tests.wire.http1_peer import REQUEST, feed

HEAD = b"HTTP/1.1 200 OK\r\n"
REPLY = HEAD + b"Content-Length: 3\r\nX: y\r\n\r\nabc"
CHUNKED_REPLY = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n1\r\nd\r\n0\r\nT: u\r\n\r\n"

# Pieces of replies in any order: often nearly right.
TOKENS = st.one_of(
    st.sampled_from([HEAD, b"HTTP/1.", b"1 100 Go\r\n\r\n", b"\r\n", b"\n", b"\r", b": ", b"\xff", b"abc"]),
    st.sampled_from([b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Connection: close\r\n", b"X: y\r\n"]),
    st.sampled_from([b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n", b"0\r\n"]),
)
DATA = st.one_of(
    st.binary(max_size=60),
    st.lists(TOKENS, max_size=12).map(b"".join),
    st.lists(TOKENS, max_size=8).map(lambda tokens: HEAD + b"".join(tokens)),
)


def outcome(data: bytes, cuts: list[int]) -> tuple:
    """Return all that a user can see of a client that was sent `data` in these pieces, with one request open."""
    client = Http1Connection()
    exchange = client.start(REQUEST)
    client.take_output()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    finished, error = feed(client, [data[start:end] for start, end in pairwise(edges)])
    at_end = client.end_of_input() if error is None else []
    assert finished + at_end in ([], [exchange])
    assert client.in_flight == (not finished + at_end)
    return finished != [], at_end != [], error is not None, exchange.headers, exchange.body, failure_of(exchange)


@given(data=DATA, cuts=st.lists(st.integers(0, 200), max_size=6))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]):
    assert outcome(data, cuts) == outcome(data, [])


@given(
    reply=st.sampled_from([REPLY, CHUNKED_REPLY]),
    edits=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 200), max_size=4),
)
def test_a_reply_with_some_bytes_changed(reply: bytes, edits: list[tuple[int, int, bytes]], cuts: list[int]):
    for position, length, replacement in edits:
        reply = reply[:position] + replacement + reply[position + length :]
    assert outcome(reply, cuts) == outcome(reply, [])


@given(reply=st.sampled_from([REPLY, CHUNKED_REPLY]), cuts=st.lists(st.integers(0, 200), max_size=8))
def test_a_good_reply_is_good_in_any_pieces(reply: bytes, cuts: list[int]):
    finished, at_end, is_broken, _, body, failure = outcome(reply, cuts)
    assert (finished, at_end, is_broken, failure) == (True, False, False, None)
    assert body in (b"abc", b"abcd")
