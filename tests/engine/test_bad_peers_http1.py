"""HTTP/1.1 servers that do what few do, or what none should: the load goes on, or one true sentence ends it."""

from collections import Counter
from itertools import cycle

import pytest

from loadgen.engine.closed_loop import ClosedLoop
from loadgen.errors import ServerError
from loadgen.measure.failures import ErrorLimit
from tests.engine.bad_peers import HTTP1_OK, Http1Reply, Peer, Talk, chunked, http1, ok
from tests.engine.bad_peers_load import HTTP1_REQUESTS, MESSAGES, Outcome, http1_client, load_on
from tests.engine.servers import PATIENCE_S, until


async def load_http1(peer: Peer, *, request_timeout_s: float | None = None, **options: object) -> Outcome:
    async with peer.listening():
        return await load_on(peer, http1_client(peer, request_timeout_s=request_timeout_s), HTTP1_REQUESTS, **options)


def answered(talk: Talk, data: bytes) -> None:
    talk.write(data)
    talk.peer.answered.append(talk.peer.asked[-1])


# What is allowed.


def in_one_byte_packets(talk: Talk) -> None:
    talk.dribble(HTTP1_OK)
    talk.peer.answered.append(talk.peer.asked[-1])


def after_continue_and_hints(talk: Talk) -> None:
    answered(talk, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HTTP1_OK)


def with_headers_of_40_kb(talk: Talk) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (index, b"v" * 400) for index in range(100))
    answered(talk, HTTP1_OK.replace(b"Content-Length", lines + b"Content-Length"))


def with_the_length_twice(talk: Talk) -> None:
    answered(talk, HTTP1_OK.replace(b"Content-Length: 2\r\n", b"Content-Length: 2\r\ncontent-length: 2\r\n"))


@pytest.mark.parametrize(
    "reply", [in_one_byte_packets, after_continue_and_hints, with_headers_of_40_kb, with_the_length_twice, chunked]
)
def test_replies_of_an_unusual_form(run, reply: Http1Reply):
    async def main() -> None:
        peer = http1(reply)
        outcome = await load_http1(peer)
        assert (outcome.error, outcome.failures) == (None, {})
        assert Counter(peer.answered) == Counter(MESSAGES[: outcome.recorded])
        assert peer.connections == 3

    run(main())


def and_no_more(talk: Talk) -> None:
    answered(talk, HTTP1_OK.replace(b"Content-Length", b"Connection: close\r\nContent-Length"))
    talk.hang_up()


def until_the_end(talk: Talk) -> None:
    answered(talk, b"HTTP/1.1 200 OK\r\n\r\n{}")
    talk.hang_up()


def in_http_1_0(talk: Talk) -> None:
    answered(talk, b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    talk.hang_up()


@pytest.mark.parametrize("reply", [and_no_more, until_the_end, in_http_1_0])
def test_a_connection_for_each_reply(run, reply: Http1Reply):
    async def main() -> None:
        peer = http1(reply)
        outcome = await load_http1(peer)
        assert (outcome.error, outcome.failures) == (None, {})
        assert Counter(peer.answered) == Counter(MESSAGES[: outcome.recorded])
        assert outcome.connections.reopened >= 27

    run(main())


# What is not. Each answers ten requests well, and then does one thing wrong for ever.


def garbage(talk: Talk) -> None:
    talk.write(bytes(range(256)))


def http2_frames(talk: Talk) -> None:
    talk.write(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")


def an_endless_head(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 100_000)


def an_endless_line(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 " + b"O" * 1_000_000)


def an_endless_chunk_line(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;" + b"x" * 1_000_000)


def endless_trailers(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-More: and more\r\n" * 100_000)


def a_negative_length(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}")


def two_lengths(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")


def a_chunk_size_that_is_none(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n{}\r\n0\r\n\r\n")


def a_chunk_longer_than_it_says(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n")


def a_chunk_shorter_than_it_says(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\r\n0\r\n\r\n")
    talk.hang_up()


def a_body_shorter_than_it_says(talk: Talk) -> None:
    talk.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}")
    talk.hang_up()


def leave(talk: Talk) -> None:
    talk.hang_up()


def die(talk: Talk) -> None:
    talk.reset()


CLOSED = "the server closed the connection"
LOSSES = [
    pytest.param(garbage, "does not answer in HTTP/1.1", id="garbage"),
    pytest.param(http2_frames, "does not answer in HTTP/1.1", id="HTTP 2"),
    pytest.param(an_endless_head, "a head or a chunk line of more than 65536 bytes", id="an endless head"),
    pytest.param(an_endless_line, "a head or a chunk line of more than 65536 bytes", id="an endless line"),
    pytest.param(an_endless_chunk_line, "the server sent", id="an endless chunk line"),
    pytest.param(endless_trailers, "the server sent", id="endless trailers"),
    pytest.param(a_negative_length, "malformed Content-Length", id="a negative length"),
    pytest.param(two_lengths, "malformed Content-Length", id="two lengths"),
    pytest.param(a_chunk_size_that_is_none, "a chunk without a proper size", id="a chunk size that is none"),
    pytest.param(a_chunk_longer_than_it_says, "the server sent", id="a chunk longer than it says"),
    pytest.param(a_chunk_shorter_than_it_says, "the server", id="a chunk shorter than it says"),
    pytest.param(a_body_shorter_than_it_says, CLOSED, id="a body shorter than it says"),
    pytest.param(leave, CLOSED, id="leaves"),
    pytest.param(die, "Connection reset by peer", id="dies"),
]


def well_until(misbehave: Http1Reply) -> Http1Reply:
    def reply(talk: Talk) -> None:
        (ok if len(talk.peer.asked) <= 10 else misbehave)(talk)

    return reply


@pytest.mark.parametrize(("misbehave", "words"), LOSSES)
def test_one_sentence_ends_the_load(run, misbehave: Http1Reply, words: str):
    async def main() -> None:
        peer = http1(well_until(misbehave))
        outcome = await load_http1(peer)
        assert str(outcome.error).startswith(f"[connection lost] {peer.endpoint}: ")
        assert words in str(outcome.error)
        assert "\n" not in str(outcome.error)
        assert outcome.recorded == 10
        assert set(outcome.kinds) == {"connection lost"}
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])
        assert peer.connections == 3

    run(main())


def once(misbehave: Http1Reply) -> Http1Reply:
    def reply(talk: Talk) -> None:
        (misbehave if len(talk.peer.asked) == 11 else ok)(talk)

    return reply


@pytest.mark.parametrize(("misbehave", "words"), LOSSES)
def test_the_load_goes_on_over_a_new_connection_when_failures_are_tolerated(run, misbehave: Http1Reply, words: str):
    async def main() -> None:
        peer = http1(once(misbehave))
        outcome = await load_http1(peer, limit=ErrorLimit(count=1))
        assert outcome.error is None
        assert outcome.kinds == {"connection lost": 1}, "the two on other connections are none the wiser"
        assert words in outcome.failures["connection lost"].example
        assert outcome.recorded == len(peer.answered) >= 29
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended]), "none was sent again"
        assert outcome.connections.reopened == 1

    run(main())


def test_a_reply_that_nobody_asked_for(run):
    # Every request is answered, so the load goes on; but nothing that comes after such a reply can be trusted.
    def reply(talk: Talk) -> None:
        answered(talk, HTTP1_OK + HTTP1_OK)

    async def main() -> None:
        peer = http1(reply)
        outcome = await load_http1(peer, level=1)
        assert (outcome.error, outcome.failures) == (None, {})
        assert peer.answered == MESSAGES[: outcome.recorded]
        assert outcome.connections.reopened >= outcome.recorded - 1, "no second request on any connection"

    run(main())


def test_a_connection_that_is_given_up_while_it_is_idle(run):
    # Some servers say 408 to a connection that has been idle for too long, and close it.
    async def main() -> None:
        talks: list[Talk] = []

        def reply(talk: Talk) -> None:
            talks.append(talk)
            ok(talk)

        peer = http1(reply)
        async with peer.listening():
            loop = ClosedLoop(http1_client(peer), cycle(HTTP1_REQUESTS))
            await loop.set_level(1)
            await until(lambda: len(loop.records) >= 5)
            await loop.drain(PATIENCE_S)
            talks[0].write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            talks[0].hang_up()
            await until(lambda: peer.open == 0)
            before = len(loop.records)
            await loop.set_level(1)
            await until(lambda: len(loop.records) >= before + 5)
            await loop.drain(PATIENCE_S)
            await loop.close()
        assert loop.error is None
        assert loop.records.take().failures == {}
        assert peer.answered == MESSAGES[: len(peer.asked)]
        assert peer.connections == 2

    run(main())


# Failures that the server states.


def overloaded(talk: Talk) -> None:
    body = b'{"error": "the queue of any is full"}'
    talk.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def test_an_error_status_ends_the_load_with_the_servers_words(run):
    async def main() -> None:
        peer = http1(well_until(overloaded))
        outcome = await load_http1(peer)
        assert "[HTTP 503] the queue of any is full" in str(outcome.error)
        assert outcome.recorded == 10
        assert set(outcome.kinds) == {"HTTP 503"}

    run(main())


def test_error_statuses_that_are_tolerated_are_counted(run):
    async def main() -> None:
        peer = http1(well_until(overloaded))
        outcome = await load_http1(peer, limit=ErrorLimit(count=1000))
        assert outcome.error is None
        assert outcome.kinds == {"HTTP 503": len(peer.asked) - 10}
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])
        assert peer.connections == 3, "the connections stay"

    run(main())


# Silence.


def nothing(talk: Talk) -> None:
    pass


def half_an_answer(talk: Talk) -> None:
    talk.write(HTTP1_OK[:-1])


SILENCES = [pytest.param(nothing, id="no answer"), pytest.param(half_an_answer, id="half an answer")]


@pytest.mark.parametrize("fall_silent", SILENCES)
def test_a_server_that_falls_silent_does_not_hang_the_drain(run, fall_silent: Http1Reply):
    async def main() -> None:
        outcome = await load_http1(http1(well_until(fall_silent)), ended=10, drain_s=0.1)
        assert outcome.recorded == 10
        assert isinstance(outcome.error, ServerError)
        assert "3 requests" in str(outcome.error)
        assert "0.1 s" in str(outcome.error)

    run(main())


@pytest.mark.parametrize("fall_silent", SILENCES)
def test_timeouts_that_are_tolerated_are_counted(run, fall_silent: Http1Reply):
    # The first three are left unanswered. Their connections are of no further use: the answers might still come.
    def reply(talk: Talk) -> None:
        (fall_silent if len(talk.peer.asked) <= 3 else ok)(talk)

    async def main() -> None:
        peer = http1(reply)
        outcome = await load_http1(peer, request_timeout_s=0.3, limit=ErrorLimit(count=3))
        assert outcome.error is None
        assert outcome.kinds == {"timeout": 3}
        assert "0.3 s" in outcome.failures["timeout"].example
        assert outcome.recorded == len(peer.answered)
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])
        assert peer.connections == 6

    run(main())
