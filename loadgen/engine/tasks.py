"""Tasks that nobody waits for."""

import asyncio


def keep(task: asyncio.Task[None], tasks: set[asyncio.Task[None]]) -> None:
    """Keep a task among others until it is done: an event loop alone does not."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)
