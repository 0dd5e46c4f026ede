"""HTTP/2 servers that do what the RFC allows and few do: the load goes on, no request is lost, none is done twice."""

import asyncio
from collections import Counter

import pytest
from h2.errors import ErrorCodes
from h2.events import PingAckReceived, SettingsAcknowledged
from h2.settings import SettingCodes

from loadgen.measure.failures import ErrorLimit
from tests.engine.bad_peers import (
    Http2Talk,
    Peer,
    Reply,
    among_unknown_frames,
    goaway,
    http2,
    split_headers,
    well,
)
from tests.engine.bad_peers_load import MESSAGES, Outcome, grpc_client, load_on


async def served(peer: Peer, **options: object) -> Outcome:
    """Load a peer and assert that all went well: each request was answered once, and none was left out.

    Only those that the server refused while the load was drained are not sent again.
    """
    connections = options.pop("connections", 1)
    async with peer.listening():
        outcome = await load_on(peer, grpc_client(peer, connections=connections), **options)
    assert outcome.error is None
    assert outcome.failures == {}
    assert outcome.recorded >= 30
    assert len(set(peer.answered)) == len(peer.answered) == outcome.recorded, "none was lost, none was done twice"
    asked = MESSAGES[: len(set(peer.asked))]
    assert set(peer.asked) == set(asked), "none was left out"
    assert len(set(asked) - set(peer.answered)) <= len(peer.asked) - len(peer.answered) - outcome.connections.sent_again
    return outcome


def in_one_byte_packets(http: Http2Talk, stream_id: int) -> None:
    http.send()
    http.answer(stream_id)
    http.talk.dribble(http.h2.data_to_send())


def padded(http: Http2Talk, stream_id: int) -> None:
    http.answer(stream_id, pad=255)


def with_headers_of_40_kb(http: Http2Talk, stream_id: int) -> None:
    http.answer(stream_id, headers=[(f"x-{index}", "v" * 400) for index in range(100)])


def with_new_indexed_headers(http: Http2Talk, stream_id: int) -> None:
    # Each reply pushes some others out of the dynamic table of 4096 bytes, and refers to what is still there.
    news = [(f"x-{stream_id}-{index}", "v" * 100) for index in range(20)]
    http.answer(stream_id, headers=news, trailers=[*news[-5:], ("x-last", str(stream_id))])


def with_a_table_that_grows_and_shrinks(http: Http2Talk, stream_id: int) -> None:
    http.h2.encoder.header_table_size = (0, 4096, 100)[stream_id // 2 % 3]
    with_new_indexed_headers(http, stream_id)


def after_a_hundred_pings(http: Http2Talk, stream_id: int) -> None:
    for index in range(100):
        http.h2.ping(b"%8d" % index)
    http.answer(stream_id)


def after_ten_settings(http: Http2Talk, stream_id: int) -> None:
    for index in range(10):
        http.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1000 + index, SettingCodes.MAX_FRAME_SIZE: 2**14})
    http.answer(stream_id)


def after_two_early_hints(http: Http2Talk, stream_id: int) -> None:
    for _ in range(2):
        http.h2.send_headers(stream_id, [(":status", "103"), ("link", "</style.css>")])
    http.answer(stream_id)


@pytest.mark.parametrize(
    "reply",
    [
        in_one_byte_packets,
        padded,
        with_headers_of_40_kb,
        with_new_indexed_headers,
        with_a_table_that_grows_and_shrinks,
        after_a_hundred_pings,
        after_ten_settings,
        after_two_early_hints,
    ],
)
def test_replies_of_an_unusual_form(run, reply: Reply):
    async def main() -> None:
        await served(http2(reply))

    run(main())


@pytest.mark.parametrize("rewrite", [split_headers, among_unknown_frames])
def test_frames_of_an_unusual_form(run, rewrite):
    async def main() -> None:
        await served(http2(well, rewrite=rewrite))

    run(main())


def test_a_window_of_one_byte(run):
    async def main() -> None:
        await served(http2(well, {SettingCodes.INITIAL_WINDOW_SIZE: 1}))

    run(main())


def test_every_ping_and_every_settings_frame_is_acknowledged(run):
    talks: list[Http2Talk] = []

    def reply(http: Http2Talk, stream_id: int) -> None:
        talks.append(http)
        (after_ten_settings if stream_id % 4 == 1 else after_a_hundred_pings)(http, stream_id)

    async def main() -> None:
        await served(http2(reply))

    run(main())
    requests = Counter(stream_id % 4 for stream_id in talks[0].requests)
    acknowledged = Counter(type(event) for event in talks[0].events)
    assert acknowledged[PingAckReceived] == 100 * requests[3]
    assert acknowledged[SettingsAcknowledged] == 1 + 10 * requests[1], "the first one, too"


# One stream at a time.


def test_a_server_that_takes_one_at_a_time(run):
    async def main() -> None:
        at_once = []

        def reply(http: Http2Talk, stream_id: int) -> None:
            at_once.append(http.h2.open_inbound_streams)
            http.answer(stream_id)

        peer = http2(reply, {SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        outcome = await served(peer, level=4, connections=2)
        assert set(at_once) == {1}
        assert outcome.connections.limit == 1

    run(main())


def test_a_server_that_takes_one_at_a_time_from_now_on(run):
    def reply(http: Http2Talk, stream_id: int) -> None:
        if stream_id == 21:
            http.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        http.answer(stream_id)

    async def main() -> None:
        await served(http2(reply), level=4)

    run(main())


def test_a_server_that_takes_none_for_a_while(run):
    def greet(http: Http2Talk) -> None:
        asyncio.get_running_loop().call_later(0.05, change_its_mind, http)

    def change_its_mind(http: Http2Talk) -> None:
        http.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 10})
        http.send()

    async def main() -> None:
        peer = http2(well, {SettingCodes.MAX_CONCURRENT_STREAMS: 0}, greet=greet)
        await served(peer)
        assert peer.connections <= 3, "one for each in flight at the most"

    run(main())


# Goodbyes.


def test_a_goodbye_that_keeps_its_promises(run):
    # The first connection answers what it has, also after the goodbye, and nothing more.
    def reply(http: Http2Talk, stream_id: int) -> None:
        if http.number == 1 and stream_id == 21:
            http.raw(goaway(25))
        if http.number > 1 or stream_id <= 25:
            http.answer(stream_id)

    async def main() -> None:
        peer = http2(reply)
        outcome = await served(peer)
        assert peer.connections == 2
        assert outcome.connections.goaways == 1
        assert outcome.connections.reopened == 1

    run(main())


@pytest.mark.parametrize(
    "words", [b"", b"max_age", bytes(range(256))], ids=["silently", "with words", "with any bytes"]
)
def test_a_goodbye_that_leaves_requests_undone(run, words: bytes):
    # Of the three in flight none will be answered; the server says so, and they are sent again elsewhere.
    def reply(http: Http2Talk, stream_id: int) -> None:
        if http.number > 1 or stream_id < 21:
            http.answer(stream_id)
        elif stream_id == 21:
            http.raw(goaway(19, words))

    async def main() -> None:
        peer = http2(reply)
        outcome = await served(peer)
        assert 1 <= outcome.connections.sent_again <= 3
        assert outcome.connections.goaways == 1

    run(main())


def test_two_goodbyes_the_graceful_way(run):
    # RFC 9113 section 6.8: first 2^31 - 1, which stops the client, then the id that was the last indeed.
    def reply(http: Http2Talk, stream_id: int) -> None:
        if http.number == 1 and stream_id == 21:
            http.raw(goaway(2**31 - 1) + goaway(21))
        if http.number > 1 or stream_id <= 21:
            http.answer(stream_id)

    async def main() -> None:
        peer = http2(reply)
        outcome = await served(peer)
        assert outcome.connections.goaways == 1, "one connection said goodbye"

    run(main())


def test_a_goodbye_on_every_connection_after_five_requests(run):
    def reply(http: Http2Talk, stream_id: int) -> None:
        if stream_id == 9:
            http.raw(goaway(9))
        if stream_id <= 9:
            http.answer(stream_id)
        if stream_id == 9:
            http.send()
            http.talk.hang_up()

    async def main() -> None:
        peer = http2(reply)
        outcome = await served(peer, connections=2, level=4)
        assert peer.connections >= 6
        assert outcome.connections.goaways >= 5

    run(main())


def test_refused_streams_are_sent_again(run):
    def reply(http: Http2Talk, stream_id: int) -> None:
        if stream_id % 10 == 1:
            http.h2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)
        else:
            http.answer(stream_id)

    async def main() -> None:
        outcome = await served(http2(reply))
        assert outcome.connections.sent_again >= 6

    run(main())


def test_failures_within_the_limit_do_not_keep_the_rest_from_being_served(run):
    def reply(http: Http2Talk, stream_id: int) -> None:
        if stream_id % 10 == 1:
            http.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
        else:
            http.answer(stream_id)

    async def main() -> None:
        peer = http2(reply)
        async with peer.listening():
            outcome = await load_on(peer, grpc_client(peer), ended=50, limit=ErrorLimit(rate=0.5))
        assert outcome.error is None
        assert Counter(peer.asked) == Counter(MESSAGES[: outcome.ended])
        assert len(peer.answered) == outcome.recorded
        assert sum(outcome.kinds.values()) == len(peer.asked) - len(peer.answered) >= 10

    run(main())
