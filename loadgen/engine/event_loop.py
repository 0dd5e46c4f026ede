"""The event loop that the load runs in."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

HEARD_WITHIN_S = 0.2
"""A Ctrl-C that comes just before Python waits for a lock is heard when that wait is over."""


def run_in_event_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a new event loop: uvloop's where there is one, which takes less CPU.

    Where an event loop runs already, as in a Jupyter notebook, the new one gets a thread of its own; the other one
    stands still meanwhile. Ctrl-C cancels the coroutine, and KeyboardInterrupt is raised when that has ended.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(main)
    return _run_in_thread(main)


def _run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _run_in_thread(main: Coroutine[Any, Any, T]) -> T:
    begin: Future[None] = Future()
    cancel: Future[Callable[[], object]] = Future()

    async def cancellable() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        cancel.set_result(lambda: loop.call_soon_threadsafe(task.cancel))
        try:
            await asyncio.wrap_future(begin)
            return await main
        finally:
            main.close()  # in case it never began

    with ThreadPoolExecutor(1, thread_name_prefix="loadgen") as thread:
        try:
            end = thread.submit(_run, cancellable())
            begin.set_result(None)
            while not wait([end], HEARD_WITHIN_S).done:
                pass
            return end.result()
        except KeyboardInterrupt:  # It comes to the main thread alone. Leaving the block waits for the end.
            if not begin.cancel():  # Before that there may be no thread yet, and nothing to wait for.
                with suppress(RuntimeError):  # It has just ended.
                    cancel.result()()
            raise


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  # not to be had on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop
