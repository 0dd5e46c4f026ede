"""What a closed and an open loop have in common, for those who measure under either."""

import asyncio
from typing import Any, Protocol

from loadgen.errors import LoadgenError
from loadgen.measure.records import Records
from loadgen.measure.results import Connections


class Recorded(Protocol):
    """What a load leaves behind."""

    @property
    def ended_count(self) -> int:
        """The number of replies, good and bad."""

    def since(self, position: int) -> Records:
        """Return the good replies after the first `position`, and all failures, and leave them here."""

    def take(self) -> Records:
        """Return what was added since the last call, as columns."""


class Load(Protocol):
    """Sends requests, at a level that can be changed.

    `failed` is set when the load has ended by an `error`, and `idle` while nothing is in flight and nothing will be
    sent.
    """

    @property
    def records(self) -> Recorded: ...  # noqa: D102 - see above
    @property
    def failed(self) -> asyncio.Event: ...  # noqa: D102
    @property
    def idle(self) -> asyncio.Event: ...  # noqa: D102
    @property
    def error(self) -> LoadgenError | None: ...  # noqa: D102

    @property
    def in_flight(self) -> int:
        """The number of requests sent and not answered."""

    async def set_level(self, level: Any, /, *, request_count: int | None = None) -> None:  # noqa: ANN401 - a number
        """Go to a level, with a `request_count` for so many requests. Raises ServerError, and what ended the load."""

    def fail(self, error: LoadgenError) -> None:
        """End the load; the first reason counts."""

    async def drain(self, timeout_s: float) -> None:
        """Send nothing more, and wait for what is in flight. Raises ServerError when the server does not answer."""

    async def close(self) -> None:
        """Close the connections, whatever is in flight."""

    def connection_report(self) -> Connections:
        """Return what has become of the connections until now."""
