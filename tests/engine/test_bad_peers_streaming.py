"""Servers that misbehave on bidirectional streams: the load goes on, or one true sentence ends it."""

from collections import Counter
from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes

from loadgen.engine.client import Client
from loadgen.engine.connect import connect
from loadgen.engine.connection import Connection
from loadgen.engine.shares import at_most
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.streaming import StreamingConnection, failure_of
from tests.engine.bad_peers import TRAILERS, Http2Talk, Peer, Talk, goaway
from tests.engine.bad_peers_load import MESSAGES, Outcome, load_on
from tests.engine.streaming_peers import STREAM_HEADERS, StreamScript, read_reply, say, streaming

GOOD_UNTIL = 10


def well(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} last")
    http.peer.answered.append(http.peer.asked[-1])


async def load_streams(peer: Peer, *, request_timeout_s: float | None = None, **options: object) -> Outcome:
    async def open_one() -> Connection:
        return await connect(peer.endpoint, StreamingConnection(STREAM_HEADERS, read_reply), tls=None, alpn=None)

    async with peer.listening():
        return await load_on(peer, Client(open_one, failure_of, at_most(1), request_timeout_s), **options)


def in_parts(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} part", f"{number} part")
    say(http, stream_id, f"{number} end")
    http.peer.answered.append(http.peer.asked[-1])


def in_one_byte_packets(http: Http2Talk, stream_id: int, number: str) -> None:
    http.send()
    well(http, stream_id, number)
    http.talk.dribble(http.h2.data_to_send())


def without_an_id(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, " last")
    http.peer.answered.append(http.peer.asked[-1])


def with_nothing_but_the_end(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} end")
    http.peer.answered.append(http.peer.asked[-1])


@pytest.mark.parametrize("reply", [well, in_parts, in_one_byte_packets, without_an_id, with_nothing_but_the_end])
def test_replies_of_any_form(run, reply: StreamScript):
    async def main() -> None:
        peer = streaming(reply)
        outcome = await load_streams(peer)
        assert (outcome.error, outcome.failures) == (None, {})
        assert outcome.recorded >= 30
        assert Counter(peer.answered) == Counter(MESSAGES[: outcome.recorded])

    run(main())


def test_there_is_one_stream_for_each_request_in_flight(run):
    streams: set[int] = set()

    def reply(http: Http2Talk, stream_id: int, number: str) -> None:
        streams.add(stream_id)
        well(http, stream_id, number)

    async def main() -> None:
        await load_streams(streaming(reply), level=4)

    run(main())
    assert streams == {1, 3, 5, 7}


def test_a_goodbye_that_keeps_its_promises(run):
    # What is in flight on the streams is answered after the goodbye; what comes next goes over a new connection.
    def reply(http: Http2Talk, stream_id: int, number: str) -> None:
        if http.number == 1 and len(http.peer.asked) == GOOD_UNTIL:
            http.raw(goaway(5))
        well(http, stream_id, number)

    async def main() -> None:
        peer = streaming(reply)
        outcome = await load_streams(peer)
        assert (outcome.error, outcome.failures) == (None, {})
        assert Counter(peer.answered) == Counter(MESSAGES[: outcome.recorded])
        assert peer.connections == 2
        assert outcome.connections.goaways == 1

    run(main())


# Failures: ten requests are answered well, and then each of these goes wrong in the same way.


def an_error(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} error")


def an_error_in_mid_reply(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} part", f"{number} error")


def a_reset(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} part")
    http.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)


def an_end(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} part")
    http.h2.send_headers(stream_id, TRAILERS, end_stream=True)


def a_status(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, f"{number} part")
    http.h2.send_headers(stream_id, [("grpc-status", "14"), ("grpc-message", "going down")], end_stream=True)


def a_wrong_id(http: Http2Talk, stream_id: int, number: str) -> None:
    say(http, stream_id, "nonsense last")


FAILURES = [
    pytest.param(an_error, "stream error", "error", id="an error"),
    pytest.param(an_error_in_mid_reply, "stream error", "error", id="an error in mid-reply"),
    pytest.param(a_reset, "reset", "the server reset the stream with INTERNAL_ERROR", id="a reset"),
    pytest.param(an_end, "bad reply", "the server ended the stream before the final response", id="an end"),
    pytest.param(a_status, "UNAVAILABLE", "going down", id="a status"),
    pytest.param(a_wrong_id, "bad reply", "with the id 'nonsense'", id="a wrong id"),
]


def well_until(misbehave: StreamScript) -> StreamScript:
    def reply(http: Http2Talk, stream_id: int, number: str) -> None:
        (well if len(http.peer.asked) <= GOOD_UNTIL else misbehave)(http, stream_id, number)

    return reply


@pytest.mark.parametrize(("misbehave", "kind", "words"), FAILURES)
def test_the_first_failed_request_ends_the_load(run, misbehave: StreamScript, kind: str, words: str):
    async def main() -> None:
        peer = streaming(well_until(misbehave))
        outcome = await load_streams(peer)
        assert str(outcome.error).startswith(f"[{kind}] ")
        assert words in str(outcome.error)
        assert outcome.recorded == GOOD_UNTIL
        assert set(outcome.kinds) == {kind}
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])

    run(main())


@pytest.mark.parametrize(("misbehave", "kind", "words"), FAILURES)
def test_failures_that_are_tolerated_are_counted(run, misbehave: StreamScript, kind: str, words: str):
    async def main() -> None:
        peer = streaming(well_until(misbehave))
        outcome = await load_streams(peer, limit=ErrorLimit(count=1000))
        assert outcome.error is None
        assert outcome.recorded == GOOD_UNTIL
        assert outcome.kinds == {kind: len(peer.asked) - GOOD_UNTIL}
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])
        assert peer.connections == 1

    run(main())


@pytest.mark.parametrize("end", [Talk.hang_up, Talk.reset])
def test_a_lost_connection_takes_the_calls_on_its_streams_along(run, end: Callable[[Talk], None]):
    def reply(http: Http2Talk, stream_id: int, number: str) -> None:
        well(http, stream_id, number)
        if http.number == 1 and len(http.peer.asked) == GOOD_UNTIL:
            http.send()
            end(http.talk)

    async def main() -> None:
        peer = streaming(reply)
        outcome = await load_streams(peer, limit=ErrorLimit(count=3))
        assert outcome.error is None
        assert 1 <= outcome.kinds["connection lost"] <= 3, "those in flight, and no other"
        assert outcome.connections.reopened == 1
        assert len(set(peer.asked)) == len(peer.asked), "none was sent twice"

    run(main())


def test_timeouts_are_counted_and_the_other_streams_go_on(run):
    def reply(http: Http2Talk, stream_id: int, number: str) -> None:
        if len(http.peer.asked) not in (6, 7):
            well(http, stream_id, number)

    async def main() -> None:
        peer = streaming(reply)
        outcome = await load_streams(peer, request_timeout_s=0.3, limit=ErrorLimit(count=2))
        assert outcome.error is None
        assert outcome.kinds == {"timeout": 2}
        assert outcome.recorded == len(peer.answered) == len(peer.asked) - 2
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])
        assert peer.connections == 1

    run(main())
