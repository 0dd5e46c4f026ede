"""Connections that end at every point of the exchange: what was whole counts, the loss is said, and nothing hangs."""

import asyncio
from collections.abc import Callable

import pytest

from loadgen.measure.failures import ErrorLimit
from tests.engine.bad_peers import (
    HTTP1_CHUNKED,
    HTTP1_OK,
    Http1Reply,
    Http2Talk,
    Peer,
    chunked,
    cut_short,
    http1,
    http2,
    ok,
    well,
)
from tests.engine.bad_peers_load import HTTP1_REQUESTS, REQUESTS, Outcome, grpc_client, http1_client, load_on

by_an_end_or_a_reset = pytest.mark.parametrize("by_reset", [False, True], ids=["by an end", "by a reset"])
over_http1 = pytest.mark.parametrize(("reply", "size"), [(ok, len(HTTP1_OK)), (chunked, len(HTTP1_CHUNKED))])
TOLERANT = ErrorLimit(count=3)


async def cut_everywhere(
    make: Callable[[], Peer], cuts: range, *, by_reset: bool, limit: ErrorLimit | None = None, is_http1: bool = False
) -> list[tuple[Peer, Outcome]]:
    """Let the first connection end after each number of bytes, all at once, each with a load of its own."""

    async def cut(size: int) -> tuple[Peer, Outcome]:
        peer = cut_short(make(), size, by_reset=by_reset)
        async with peer.listening():
            client = http1_client(peer) if is_http1 else grpc_client(peer)
            requests = HTTP1_REQUESTS if is_http1 else REQUESTS
            return peer, await load_on(peer, client, requests, level=1, ended=4, limit=limit)

    return await asyncio.gather(*map(cut, cuts))


async def conversation() -> tuple[int, int]:
    """Return how many bytes an HTTP/2 server sends before the first request, and until it has answered that."""
    sizes = []

    def reply(http: Http2Talk, stream_id: int) -> None:
        sizes.append(http.talk.written)
        http.answer(stream_id)

    peer = http2(reply)
    async with peer.listening():
        await load_on(peer, grpc_client(peer), level=1, ended=2)
    return sizes[0], sizes[1]


def assert_one_sentence(peer: Peer, outcome: Outcome, *, recorded: int) -> None:
    assert f"{peer.endpoint}: the server closed the connection" in str(outcome.error)
    assert "\n" not in str(outcome.error)
    assert outcome.recorded == recorded
    assert peer.connections == 1


def assert_survived(peer: Peer, outcome: Outcome) -> None:
    assert outcome.error is None
    assert outcome.kinds == {"connection lost": 1}
    assert outcome.connections.reopened == 1
    assert peer.connections == 2
    assert len(set(peer.asked)) == len(peer.asked) >= 3


@by_an_end_or_a_reset
def test_a_greeting_cut_short(run, by_reset: bool):
    async def main() -> None:
        for peer, outcome in await cut_everywhere(lambda: http2(well), range(1, 9), by_reset=by_reset):
            assert_one_sentence(peer, outcome, recorded=0)
            assert peer.asked == []

    run(main())


@by_an_end_or_a_reset
def test_a_reply_cut_short(run, by_reset: bool):
    async def main() -> None:
        greeting, whole = await conversation()
        cuts = range(greeting + 9, whole + 1)  # behind the acknowledgement of our SETTINGS
        outcomes = await cut_everywhere(lambda: http2(well), cuts, by_reset=by_reset)
        for size, (peer, outcome) in zip(cuts, outcomes, strict=True):
            assert_one_sentence(peer, outcome, recorded=int(size == whole))
            assert outcome.kinds == {"connection lost": 1}

    run(main())


@by_an_end_or_a_reset
def test_a_reply_cut_short_that_is_tolerated(run, by_reset: bool):
    async def main() -> None:
        greeting, whole = await conversation()
        cuts = range(greeting + 9, whole + 1, 5)
        for peer, outcome in await cut_everywhere(lambda: http2(well), cuts, by_reset=by_reset, limit=TOLERANT):
            assert_survived(peer, outcome)

    run(main())


@by_an_end_or_a_reset
@over_http1
def test_a_reply_cut_short_over_http1(run, reply: Http1Reply, size: int, by_reset: bool):
    async def main() -> None:
        cuts = range(1, size + 1)
        outcomes = await cut_everywhere(lambda: http1(reply), cuts, by_reset=by_reset, is_http1=True)
        for sent, (peer, outcome) in zip(cuts, outcomes, strict=True):
            assert_one_sentence(peer, outcome, recorded=int(sent == size))
            assert outcome.kinds == {"connection lost": 1}

    run(main())


@by_an_end_or_a_reset
@over_http1
def test_a_reply_cut_short_over_http1_that_is_tolerated(run, reply: Http1Reply, size: int, by_reset: bool):
    async def main() -> None:
        def make() -> Peer:
            return http1(reply)

        cuts = range(1, size + 1, 5)
        for peer, outcome in await cut_everywhere(make, cuts, by_reset=by_reset, limit=TOLERANT, is_http1=True):
            assert_survived(peer, outcome)

    run(main())
