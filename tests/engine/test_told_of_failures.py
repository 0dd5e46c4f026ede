"""The client is told of each request that has failed for good, and of no other."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest
from h2.errors import ErrorCodes

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.load import Load
from loadgen.engine.open_loop import OpenLoop
from loadgen.load.modes import RequestRate
from loadgen.measure.failures import ErrorLimit
from loadgen.wire.exchange import Request
from tests.engine.bad_peers import Http2Talk, http2
from tests.engine.servers import REQUEST, client_of, until

OTHER = Request(REQUEST.headers, REQUEST.body)
TOLERANT = ErrorLimit(rate=1.0)


def closed(client: Client) -> tuple[Load, Any]:
    return ClosedLoop(client, cycle([REQUEST, OTHER]), error_limit=TOLERANT), 3


def opened(client: Client) -> tuple[Load, Any]:
    return OpenLoop(client, cycle([REQUEST, OTHER]), error_limit=TOLERANT), RequestRate(2000)


def say_nothing(_http: Http2Talk, _stream_id: int) -> None:
    """Leave a request unanswered."""


def reset(http: Http2Talk, stream_id: int) -> None:
    http.h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)


def refuse(http: Http2Talk, stream_id: int) -> None:
    """Promise that it may be sent again."""
    http.h2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)


@pytest.mark.parametrize("loop_of", [closed, opened])
@pytest.mark.parametrize(("trouble", "told_of"), [(say_nothing, 12), (reset, 12), (refuse, 0)])
def test_told_of(run, loop_of: Callable[[Client], tuple[Load, Any]], trouble, told_of: int):
    told: list[tuple[Request, str]] = []

    def every_fifth_in_trouble(http: Http2Talk, stream_id: int) -> None:
        (trouble if stream_id % 10 == 1 else Http2Talk.answer)(http, stream_id)

    async def main() -> None:
        peer = http2(every_fifth_in_trouble)
        async with peer.listening():
            client = client_of(peer.endpoint, request_timeout_s=0.3)
            client = replace(client, on_failed=lambda request, failure: told.append((request, failure.kind)))
            loop, level = loop_of(client)
            try:
                await loop.set_level(level, request_count=60)
                await until(loop.idle.is_set)
                failures = loop.records.take().failures
            finally:
                await loop.close()
        assert Counter(kind for _, kind in told) == {kind: failed.count for kind, failed in failures.items()}
        # They take turns, also in being every fifth.
        assert Counter(request for request, _ in told) == (
            {REQUEST: told_of // 2, OTHER: told_of // 2} if told_of else {}
        )

    run(main())
