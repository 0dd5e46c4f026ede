"""What the event loop's thread did with its time, of real clocks: shares, and nothing in absolute time."""

import asyncio
from time import perf_counter, sleep

import pytest

from loadgen.engine.event_loop import run_in_event_loop
from loadgen.measure.client_use import ClientUse
from loadgen.profile.client_watch import ClientWatch

SPAN_S = 0.3


def use_of(work) -> list[ClientUse]:
    """Return the use that was made of the time while `work` went on, and after that none was."""

    async def watched():
        async with ClientWatch() as watch:
            await work()
            return [watch.take(), watch.take()]

    return run_in_event_loop(watched())


async def compute():
    end_s = perf_counter() + SPAN_S
    while perf_counter() < end_s:
        pass


async def stand_still():
    sleep(SPAN_S)  # noqa: ASYNC251 - it is what is to be noticed
    await asyncio.sleep(0.01)


def test_a_loop_that_computes_is_busy():
    use, rest = use_of(compute)

    assert use.busy > 0.8
    assert use.duration_ns >= SPAN_S * 1e9
    assert rest.duration_ns < use.duration_ns


def test_a_loop_that_waits_is_not():
    use, _ = use_of(lambda: asyncio.sleep(SPAN_S))

    assert use.running < 0.3
    assert use.lags > 1


def test_a_loop_that_is_held_up_comes_late():
    use, _ = use_of(stand_still)

    assert use.running < 0.3
    assert use.worst_lag_ns == pytest.approx((SPAN_S - 0.05) * 1e9, rel=0.5)


def test_a_system_without_a_scheduler_to_ask_does_not_tell_of_waiting(monkeypatch):
    monkeypatch.setattr("loadgen.profile.client_watch.Path", lambda _name: type("None", (), {"read_text": _missing}))

    use, _ = use_of(compute)

    assert use.waiting is None


def _missing():
    raise FileNotFoundError
