"""Work that is given up when a run is to stop."""

import asyncio
from collections.abc import Awaitable, Callable


async def unless_stopped(stop: asyncio.Event, do: Callable[[], Awaitable[None]]) -> None:
    """Do something, unless `stop` is set; when it is set meanwhile, cancel that, and return once it has ended."""
    if stop.is_set():
        return
    work, stopped = asyncio.ensure_future(do()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        work.cancel()
        await asyncio.wait((work, stopped))
    if not work.cancelled():
        work.result()
