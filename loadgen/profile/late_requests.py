"""Requests that are chosen when they are sent, for a loop that takes them ahead of their time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from loadgen.engine.client import Client
from loadgen.engine.connection import Connection
from loadgen.wire.exchange import Exchange

NEXT: Final = object()
"""Stands for whichever request is the next one when it is sent."""


def choosing_late(client: Client, requests: Iterator[Any]) -> Client:
    """Return a client whose connections send the next of `requests` in place of `NEXT`, and any other as it is."""

    async def connect() -> Connection:
        connection = await client.connect()
        start = connection.start

        def start_next(request: Any) -> Exchange:  # noqa: ANN401 - each client has requests of its own
            return start(next(requests) if request is NEXT else request)

        connection.start = start_next  # type: ignore[method-assign]
        return connection

    return replace(client, connect=connect)
