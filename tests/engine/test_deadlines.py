"""A server that stops answering: each request has its time, and so has the end of the load."""

import re

import pytest
from h2.events import StreamReset

from loadgen.errors import InferenceError, ServerError
from loadgen.measure.failures import ErrorLimit, FailureCount
from tests.engine.bad_peers import Http2Talk, http2, well
from tests.engine.servers import PATIENCE_S, REQUEST, closed_loop, until


def test_requests_that_are_late_fail_and_the_others_go_on(run):
    talks: set[Http2Talk] = set()

    def answer_all_but_every_tenth(http: Http2Talk, stream_id: int) -> None:
        talks.add(http)
        if stream_id % 20 != 1:
            well(http, stream_id)

    async def main() -> None:
        peer = http2(answer_all_but_every_tenth)
        async with (
            peer.listening(),
            closed_loop(peer.endpoint, REQUEST, error_limit=ErrorLimit(rate=1.0), request_timeout_s=0.3) as loop,
        ):
            await loop.set_level(3)
            await until(lambda: len(loop.records) >= 40)
            await loop.drain(PATIENCE_S)
            assert loop.error is None
            records = loop.records.take()
            assert len(records) == len(peer.answered)
            unanswered = len(peer.asked) - len(peer.answered)
            assert records.failures == {"timeout": FailureCount(unanswered, "no answer within 0.3 s")}
            await until(lambda: cancelled(talks) == unanswered)
            assert peer.connections == 1

    def cancelled(talks: set[Http2Talk]) -> int:
        (talk,) = talks
        return sum(isinstance(event, StreamReset) for event in talk.events)

    run(main())


def test_a_request_in_time_is_not_cancelled(run):
    async def main() -> None:
        peer = http2(well)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, request_timeout_s=10.0) as loop:
            await loop.set_level(3)
            await until(lambda: len(loop.records) >= 100)
            await loop.drain(PATIENCE_S)
            assert loop.error is None

    run(main())


def test_without_tolerance_the_first_late_request_ends_the_load(run):
    async def main() -> None:
        peer = http2(lambda _http, _stream_id: None)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, request_timeout_s=0.05) as loop:
            await loop.set_level(3)
            await loop.failed.wait()
            await loop.drain(PATIENCE_S)
            assert isinstance(loop.error, InferenceError)
            assert str(loop.error) == "[timeout] no answer within 0.05 s"
            assert loop.in_flight == 0
            assert len(peer.asked) == 3, "nothing more is sent"

    run(main())


@pytest.mark.parametrize(
    ("level", "words"), [(1, "1 request is unanswered for"), (4, "4 requests are unanswered, the oldest for")]
)
def test_a_drain_has_an_end(run, level: int, words: str):
    async def main() -> None:
        peer = http2(lambda _http, _stream_id: None)
        async with peer.listening(), closed_loop(peer.endpoint, REQUEST, connections=2) as loop:
            await loop.set_level(level)
            for timeout_s in (0.05, 2 * PATIENCE_S):  # It is waited for once.
                with pytest.raises(ServerError) as raised:
                    await loop.drain(timeout_s)
                assert re.fullmatch(rf"the server has stopped answering: {words} \d+\.\d s", str(raised.value))

    run(main())
