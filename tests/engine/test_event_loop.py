import asyncio
import signal
import sys
import threading
from contextlib import closing

import pytest

from loadgen.engine.event_loop import run_in_event_loop


async def module_of_the_loop() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_the_load_runs_in_uvloop_where_there_is_one():
    pytest.importorskip("uvloop")

    assert run_in_event_loop(module_of_the_loop()) == "uvloop"


def test_the_load_runs_in_asyncio_elsewhere(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert run_in_event_loop(module_of_the_loop()).startswith("asyncio.")


def test_an_error_comes_out():
    async def fail() -> None:
        raise KeyError("reason")

    with pytest.raises(KeyError, match="reason"):
        run_in_event_loop(fail())


def test_where_a_loop_runs_already_the_load_has_a_thread_of_its_own():
    async def thread_of_the_load() -> threading.Thread:
        return threading.current_thread()

    async def as_in_a_notebook() -> threading.Thread:
        return run_in_event_loop(thread_of_the_load())

    thread = asyncio.run(as_in_a_notebook())

    assert thread is not threading.main_thread()
    assert not thread.is_alive()


def test_an_error_comes_out_of_the_thread_too():
    async def fail() -> None:
        raise KeyError("reason")

    async def as_in_a_notebook() -> None:
        run_in_event_loop(fail())

    with pytest.raises(KeyError, match="reason"):
        asyncio.run(as_in_a_notebook())


def test_an_interrupt_ends_what_runs_in_the_thread_in_good_order():
    drained = []

    async def measure() -> None:
        try:
            # To the main thread, as the kernel of a notebook and the terminal send it.
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            drained.append(True)

    async def as_in_a_notebook() -> None:
        run_in_event_loop(measure())

    # Not by asyncio.run, whose own handler would take the signal: a notebook has none.
    with closing(asyncio.new_event_loop()) as loop, pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(as_in_a_notebook())
    assert drained == [True]
