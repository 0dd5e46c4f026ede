"""When a window is over (behaviour section 3.1)."""

import asyncio
from collections.abc import Sequence

from loadgen.engine.load import Load
from loadgen.profile.plan import Plan

LOOK_AGAIN_S = 0.005


async def window_end(plan: Plan, loop: Load, stop: asyncio.Event) -> None:
    """Wait until a window that has begun is over; return early when the load has failed or ended, or is to stop."""
    early = (stop, loop.failed, loop.idle) if plan.inputs.are_drawn else (stop, loop.failed)
    if plan.request_count is not None:
        await first_of(stop, loop.failed, loop.idle)
    elif plan.windows.request_count is not None:
        await _so_many(plan.windows.request_count, loop, early)
    else:
        await first_of(*early, timeout_s=plan.windows.length_s)


async def first_of(*events: asyncio.Event, timeout_s: float | None = None) -> None:
    """Wait until one of the events is set, or until the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _so_many(requests: int, loop: Load, early: Sequence[asyncio.Event]) -> None:
    """Wait until at least so many requests have ended, or one of the events is set.

    perf_analyzer looks once a second; we look so often that a window is hardly longer than it has to be. An event would
    have to be thought of at the end of each request, which would be a part of what is measured.
    """
    while loop.records.ended_count < requests and not any(event.is_set() for event in early):  # noqa: ASYNC110 - see above
        await asyncio.sleep(LOOK_AGAIN_S)
