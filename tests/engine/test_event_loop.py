import asyncio
import sys

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
