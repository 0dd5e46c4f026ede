"""HTTP/2 servers that cannot be used, fail requests or fall silent: one true sentence, or failures that are counted."""

import asyncio
import socket

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated

import loadgen.engine.connect
from loadgen.engine.connect import connect
from loadgen.errors import ServerError
from loadgen.load.endpoint import Endpoint
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.connection import ClientConnection
from tests.engine.bad_peers import HEADERS, HELLO, TRAILERS, Http2Talk, Peer, Reply, Talk, http2, well
from tests.engine.bad_peers_load import MESSAGES, grpc_client, load_on
from tests.engine.servers import until

BAD_STREAM = 21
"""the first on which the peers below misbehave: ten requests were answered well before"""


async def connected(endpoint: Endpoint):
    return await connect(endpoint, ClientConnection(), tls=None, alpn=None)


# Nothing to talk to.


async def hang_up(talk: Talk) -> None:
    talk.hang_up()


async def hang_up_on_a_greeting(talk: Talk) -> None:
    await talk.reader.readexactly(24)


async def reset_a_greeting(talk: Talk) -> None:
    await talk.reader.readexactly(24)
    talk.reset()


async def speak_http_1(talk: Talk) -> None:
    await talk.reader.readline()
    talk.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await talk.reader.read()


async def say_nothing(talk: Talk) -> None:
    while await talk.reader.read(2**16):
        pass


async def connecting_to(serve) -> str:
    """Return the sentence by which a connection fails, without the address in front of it."""
    async with Peer(serve).listening() as peer:
        with pytest.raises(ServerError) as raised:
            await connected(peer.endpoint)
        address = f"{peer.endpoint}: "
        assert str(raised.value).startswith(address)
        await until(lambda: peer.open == 0)
        return str(raised.value).removeprefix(address)


@pytest.mark.parametrize(
    ("serve", "sentence"),
    [
        pytest.param(hang_up, "the server closed the connection", id="hangs up at once"),
        pytest.param(hang_up_on_a_greeting, "the server closed the connection", id="hangs up on our greeting"),
        pytest.param(reset_a_greeting, "the server closed the connection", id="resets on our greeting"),
        pytest.param(speak_http_1, "the server does not speak HTTP/2", id="speaks HTTP/1.1"),
    ],
)
def test_a_server_that_cannot_be_used(run, serve, sentence: str):
    async def main() -> None:
        assert (await connecting_to(serve)).startswith(sentence)

    run(main())


def test_a_server_that_says_nothing(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loadgen.engine.connect, "CONNECT_TIMEOUT_S", 0.1)

    async def main() -> None:
        assert await connecting_to(say_nothing) == "no answer within 0.1 s"

    run(main())


def test_nobody_is_listening(run):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        async def main() -> None:
            with pytest.raises(ServerError, match=f"127.0.0.1:{port}: cannot connect: .*[Rr]efused"):
                await connected(Endpoint("127.0.0.1", port))

        run(main())


def test_a_cancelled_attempt_leaves_no_connection_behind(run):
    async def main() -> None:
        async with Peer(say_nothing).listening() as peer:
            attempt = asyncio.create_task(connected(peer.endpoint))
            await until(lambda: peer.open == 1)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await until(lambda: peer.open == 0)

    run(main())


# Failed requests. Each of these answers ten requests well, and then does one thing wrong for ever.


def reset_before_anything(http: Http2Talk, stream_id: int) -> None:
    http.h2.reset_stream(stream_id, ErrorCodes.ENHANCE_YOUR_CALM)


def reset_after_headers(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)


def reset_during_data(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO[:7])
    http.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)


def reset_after_data(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO)
    http.h2.reset_stream(stream_id, ErrorCodes.CANCEL)


def reset_with_an_unknown_code(http: Http2Talk, stream_id: int) -> None:
    http.h2.reset_stream(stream_id, 0xBEEF)


def no_status(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO)
    http.h2.send_headers(stream_id, [("x-cause", "forgotten")], end_stream=True)


def end_without_trailers(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO, end_stream=True)


def half_a_message(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO[:7])
    http.h2.send_headers(stream_id, TRAILERS, end_stream=True)


def a_proxy_in_trouble(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, [(":status", "503"), ("content-type", "text/html")])
    http.h2.send_data(stream_id, b"<h1>Service Unavailable</h1>", end_stream=True)


def a_status_with_words(http: Http2Talk, stream_id: int) -> None:
    trailers_only = [*HEADERS, ("grpc-status", "8"), ("grpc-message", "pool %E2%82%AC is empty: 100%25 used")]
    http.h2.send_headers(stream_id, trailers_only, end_stream=True)


RESET = "the server reset the stream with"
NO_STATUS = "the reply carries no grpc-status"
FAILURES = [
    pytest.param(reset_before_anything, "reset", f"{RESET} ENHANCE_YOUR_CALM", id="reset before anything"),
    pytest.param(reset_after_headers, "reset", f"{RESET} INTERNAL_ERROR", id="reset after headers"),
    pytest.param(reset_during_data, "reset", f"{RESET} INTERNAL_ERROR", id="reset during data"),
    pytest.param(reset_after_data, "reset", f"{RESET} CANCEL", id="reset after data"),
    pytest.param(reset_with_an_unknown_code, "reset", RESET, id="reset for an unknown reason"),
    pytest.param(no_status, "UNKNOWN", NO_STATUS, id="trailers without a status"),
    pytest.param(end_without_trailers, "UNKNOWN", NO_STATUS, id="no trailers"),
    pytest.param(half_a_message, "bad reply", "the reply is not one whole message", id="half a message"),
    pytest.param(a_proxy_in_trouble, "UNAVAILABLE", "HTTP status 503", id="a proxy in trouble"),
    pytest.param(a_status_with_words, "RESOURCE_EXHAUSTED", "pool € is empty: 100% used", id="a status with words"),
]


def well_until(misbehave: Reply) -> Reply:
    def reply(http: Http2Talk, stream_id: int) -> None:
        (well if stream_id < BAD_STREAM else misbehave)(http, stream_id)

    return reply


@pytest.mark.parametrize(("misbehave", "kind", "words"), FAILURES)
def test_the_first_failed_request_ends_the_load(run, misbehave: Reply, kind: str, words: str):
    async def main() -> None:
        peer = http2(well_until(misbehave))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer))
        assert outcome.error is not None
        assert f"[{kind}]" in str(outcome.error)
        assert words in str(outcome.error)
        assert "\n" not in str(outcome.error)
        assert outcome.recorded == 10
        assert 1 <= outcome.kinds[kind] <= 3
        assert peer.asked == MESSAGES[: outcome.ended], "nothing was sent after the failure was seen"

    run(main())


@pytest.mark.parametrize(("misbehave", "kind", "words"), FAILURES)
def test_failures_that_are_tolerated_are_counted(run, misbehave: Reply, kind: str, words: str):
    async def main() -> None:
        peer = http2(well_until(misbehave))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer), limit=ErrorLimit(count=1000))
        assert outcome.error is None
        assert outcome.recorded == 10
        assert outcome.kinds == {kind: len(peer.asked) - 10}
        assert words in outcome.failures[kind].example
        assert peer.asked == MESSAGES[: outcome.ended]
        assert peer.connections == 1

    run(main())


def test_more_failures_than_tolerated_end_the_load(run):
    async def main() -> None:
        peer = http2(well_until(reset_after_data))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer), level=1, limit=ErrorLimit(count=5))
        assert "[reset]" in str(outcome.error)
        assert outcome.recorded == 10
        assert outcome.kinds == {"reset": 6}, "the one too many"

    run(main())


# Silence.


TIMEOUT_S = 0.3


def nothing(http: Http2Talk, stream_id: int) -> None:
    pass


def headers_and_no_more(http: Http2Talk, stream_id: int) -> None:
    http.h2.send_headers(stream_id, HEADERS)
    http.h2.send_data(stream_id, HELLO[:7])


SILENCES = [pytest.param(nothing, id="no answer"), pytest.param(headers_and_no_more, id="half an answer")]


@pytest.mark.parametrize("fall_silent", SILENCES)
def test_a_server_that_falls_silent_does_not_hang_the_drain(run, fall_silent: Reply):
    async def main() -> None:
        peer = http2(well_until(fall_silent))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer), ended=10, drain_s=0.1)
        assert outcome.recorded == 10
        assert isinstance(outcome.error, ServerError)
        assert "3 requests" in str(outcome.error)
        assert "0.1 s" in str(outcome.error)

    run(main())


@pytest.mark.parametrize("fall_silent", SILENCES)
def test_silence_ends_at_the_request_timeout(run, fall_silent: Reply):
    async def main() -> None:
        peer = http2(well_until(fall_silent))
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer, request_timeout_s=TIMEOUT_S))
        assert "[timeout]" in str(outcome.error)
        assert f"{TIMEOUT_S} s" in str(outcome.error)
        assert outcome.recorded == 10
        assert 1 <= outcome.kinds["timeout"] <= 3

    run(main())


@pytest.mark.parametrize("fall_silent", SILENCES)
def test_timeouts_that_are_tolerated_are_counted(run, fall_silent: Reply):
    # Two requests are left unanswered; the others go on beside them, on the same connection.
    def reply(http: Http2Talk, stream_id: int) -> None:
        (fall_silent if stream_id in (11, 13) else well)(http, stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            client = grpc_client(peer, request_timeout_s=TIMEOUT_S)
            outcome = await load_on(peer, client, limit=ErrorLimit(count=2))
        assert outcome.error is None
        assert outcome.kinds == {"timeout": 2}
        assert outcome.recorded == len(peer.answered) == len(peer.asked) - 2
        assert peer.asked == MESSAGES[: outcome.ended]
        assert peer.connections == 1

    run(main())


def test_closing_says_goodbye_and_is_no_error(run):
    talks: list[Http2Talk] = []

    def reply(http: Http2Talk, stream_id: int) -> None:
        talks.append(http)
        well(http, stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer))
        assert outcome.error is None

    run(main())
    (goodbye,) = (event for event in talks[0].events if isinstance(event, ConnectionTerminated))
    assert goodbye.error_code == ErrorCodes.NO_ERROR
