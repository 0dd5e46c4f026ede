"""A closed loop on a bad peer, and what came of it."""

from dataclasses import dataclass
from itertools import cycle

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connect import connect
from loadgen.engine.connection import Connection
from loadgen.engine.shares import at_most, one_for_each
from loadgen.errors import LoadgenError
from loadgen.measure.failures import ErrorLimit, Failures, failed_count, merged
from loadgen.measure.results import Connections
from loadgen.wire import kserve_http
from loadgen.wire.connection import ClientConnection
from loadgen.wire.grpc import call_headers, failure_of, unary_request
from loadgen.wire.http1 import Http1Connection, Http1Request
from tests.engine.bad_peers import Peer
from tests.engine.servers import PATIENCE_S, until

MESSAGES = [b"request %d" % index for index in range(2000)]
_HEADERS = call_headers("localhost", "/echo.Echo/Say")
REQUESTS = [unary_request(_HEADERS, message) for message in MESSAGES]
"""So many different ones that none is sent twice in a test, unless it is sent again."""


HTTP1_REQUESTS = [
    Http1Request(
        b"POST /v2/models/any/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body), body
    )
    for body in MESSAGES
]


@dataclass(frozen=True)
class Outcome:
    """What a user would see of a load: how many requests were answered, how many failed and how, and what ended it."""

    recorded: int
    failures: Failures
    error: LoadgenError | None
    connections: Connections

    @property
    def kinds(self) -> dict[str, int]:
        return {kind: failed.count for kind, failed in self.failures.items()}

    @property
    def ended(self) -> int:
        return self.recorded + failed_count(self.failures)


def grpc_client(peer: Peer, *, connections: int = 1, request_timeout_s: float | None = None) -> Client:
    async def open_one() -> Connection:
        return await connect(peer.endpoint, ClientConnection(), tls=None, alpn=None)

    return Client(open_one, failure_of, at_most(connections), request_timeout_s)


def http1_client(peer: Peer, *, request_timeout_s: float | None = None) -> Client:
    async def open_one() -> Connection:
        return await connect(peer.endpoint, Http1Connection(), tls=None, alpn=None)

    return Client(open_one, kserve_http.failure_of, one_for_each, request_timeout_s)


async def load_on(
    peer: Peer,
    client: Client,
    requests: list[object] = REQUESTS,
    *,
    level: int = 3,
    ended: int = 30,
    limit: ErrorLimit | None = None,
    drain_s: float = PATIENCE_S,
) -> Outcome:
    """Keep a level in flight until so many requests have ended or something ends the load; leave no socket behind."""
    loop = ClosedLoop(client, cycle(requests), error_limit=limit)
    taken = []

    def is_over() -> bool:
        taken.append(loop.records.take())
        return loop.failed.is_set() or sum(len(one) + failed_count(one.failures) for one in taken) >= ended

    error = None
    try:
        await loop.set_level(level)
        await until(is_over)
        await loop.drain(drain_s)
        assert loop.in_flight == 0
    except LoadgenError as raised:
        error = raised
    finally:
        report = loop.connection_report()
        await loop.close()
    await until(lambda: peer.open == 0)
    taken.append(loop.records.take())
    return Outcome(
        recorded=sum(map(len, taken)),
        failures=merged(one.failures for one in taken),
        error=loop.error or error,
        connections=report,
    )
