"""When to try again to open a connection that was lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator

from loadgen.engine.connection import Connection
from loadgen.errors import ServerError

RECONNECT_PATIENCE_S = 30.0
FIRST_DELAY_S = 0.05
LONGEST_DELAY_S = 2.0


def delays_s(draw: Callable[[], float] = random.random) -> Iterator[float]:
    """Yield how long to wait before each attempt: nothing at first, then a random part of a limit that doubles.

    Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter", 2015), so that the connections of
    a load do not all come back to a struggling server at once. `draw` returns numbers from 0 to 1.
    """
    yield 0.0
    limit_s = FIRST_DELAY_S
    while True:
        yield draw() * limit_s
        limit_s = min(2 * limit_s, LONGEST_DELAY_S)


class Reconnection:
    """Attempts to have a connection again on which the server answers.

    It lasts until an answer comes: for a server that takes connections only to close them, back-off and patience go on
    from one of them to the next.
    """

    def __init__(self) -> None:
        self._delays_s = delays_s()
        self._give_up_at = asyncio.get_running_loop().time() + RECONNECT_PATIENCE_S

    async def connect(self, connect: Callable[[], Awaitable[Connection]], reason: str) -> Connection:
        """Return a new connection. Raises ServerError after RECONNECT_PATIENCE_S without an answer.

        The error names the latest `reason`: why the connection before was lost, or why there is none.
        """
        try:
            async with asyncio.timeout_at(self._give_up_at):
                for delay_s in self._delays_s:
                    await asyncio.sleep(delay_s)
                    try:
                        return await connect()
                    except ServerError as error:
                        reason = str(error)
        except TimeoutError:
            pass
        raise ServerError(f"no connection has carried an answer for {RECONNECT_PATIENCE_S:g} s: {reason}")
