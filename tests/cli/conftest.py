"""A run without a server: the events are played, everything behind them is real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loadgen.cli import session
from loadgen.cli.parser import parse
from loadgen.errors import ConfigError
from loadgen.load.modes import Concurrency
from loadgen.measure.failures import Failures
from loadgen.measure.records import Records
from loadgen.measure.results import (
    LevelFinished,
    LevelResult,
    LevelStarted,
    LoadPrepared,
    Summary,
    Verdict,
    WarmedUp,
    WindowClosed,
)
from loadgen.measure.windows import Window

NOTHING = Window(0, 1, Records(*np.zeros((2, 0), np.int64)), None)


def sentence(line: str) -> str:
    """Return the sentence by which this command line is refused."""
    with pytest.raises(ConfigError) as caught:
        parse(line.split())
    return str(caught.value)


def level(concurrency: int, *, unstable: str = "", windows: int = 3, failures: Failures | None = None) -> LevelResult:
    """Return a level with 1000 inferences per second for each request in flight, and latencies of a millisecond.

    200 requests for each one in flight have succeeded in each window, and all failures are those of the first; with no
    windows there is one, in which nothing succeeded.
    """
    failures = failures or {}
    summary = Summary(
        request_count=200 * windows * concurrency,
        duration_ns=600_000_000,
        throughput=1000.0 * concurrency,
        average_ns=1_000_000,
        standard_deviation_us=10,
        percentiles_ns={50: 900_000, 90: 1_100_000, 95: 1_200_000, 99: 1_500_000},
        server=None,
        failures=failures,
    )
    trials = [replace(summary, request_count=200 * concurrency, failures={}) for _ in range(windows)]
    trials[:1] = [replace(summary, request_count=200 * concurrency * bool(windows), failures=failures)]
    return LevelResult(Concurrency(concurrency), summary, Verdict(not unstable, unstable), trials=tuple(trials))


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Return a function that makes the next runs consist of these acts, in order, and returns the plans they are given.

    Before the first level the load is `prepared`. A level is started, measured in one window and finished; an exception
    is raised; a function is called, and the load then goes on until it is told to stop. `captures` is filled with what
    each run was given to keep its requests.
    """
    plans: list[Any] = []

    def play(*acts: Any, captures: list[Any] | None = None, prepared: LoadPrepared | None = None) -> list[Any]:
        async def profile(plan: Any, stop: asyncio.Event, *, capture: Any, progress: Any) -> AsyncIterator[Any]:
            plans.append(plan)
            if captures is not None:
                captures.append(capture)
            if acts and isinstance(acts[0], LevelResult):
                yield prepared or LoadPrepared()
            for act in acts:
                if isinstance(act, Exception):
                    raise act
                if isinstance(act, LevelResult):
                    yield LevelStarted(act.load)
                    if plan.warmup_request_count:
                        yield WarmedUp(act.load)
                    yield WindowClosed(act.load, 1, act.summary, NOTHING)
                    yield LevelFinished(act)
                else:
                    act()
                    await asyncio.wait_for(stop.wait(), 10)

        monkeypatch.setattr(session, "profile", profile)
        return plans

    return play
