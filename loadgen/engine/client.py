"""How a load reaches its server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from loadgen.engine.connection import Connection
from loadgen.wire.exchange import Exchange, Failure


@dataclass(frozen=True)
class Client:
    """What opens connections, and what judges the replies that come over them.

    `connect` opens one connection and raises ServerError when there is none to be had. `failure_of` returns None for a
    good reply. `connections` returns over how many of them a level is spread. A request fails when it is not answered
    within `request_timeout_s`; None is no limit. `on_failed` is told of each request that has failed for good, and why.
    """

    connect: Callable[[], Awaitable[Connection]]
    failure_of: Callable[[Exchange], Failure | None]
    connections: Callable[[int], int]
    request_timeout_s: float | None = None
    on_failed: Callable[[Any, Failure], object] | None = None
