"""A run without a server: the events are played, everything behind them is real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from loadgen.cli import session
from loadgen.measure.results import LevelFinished, LevelResult, LevelStarted, Summary, Verdict
from loadgen.measure.windows import Window, Windows


def level(concurrency: int, *, unstable: str = "", windows: int = 3) -> LevelResult:
    """Return a level of 1000 inferences per second for each request in flight, with latencies of a millisecond."""
    summary = Summary(
        request_count=600 * concurrency,
        duration_ns=600_000_000,
        throughput=1000.0 * concurrency,
        average_ns=1_000_000,
        standard_deviation_us=10,
        percentiles_ns={50: 900_000, 90: 1_100_000, 95: 1_200_000, 99: 1_500_000},
        server=None,
    )
    return LevelResult(concurrency, summary, Verdict(not unstable, unstable), (None,) * windows)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that lets the next run consist of these results, exceptions and callables, in order."""

    def play(*acts: Any) -> None:
        async def profile(plan: Any, stop: asyncio.Event) -> AsyncIterator[Any]:
            for act in acts:
                if isinstance(act, Exception):
                    raise act
                if callable(act):
                    act()
                    await asyncio.wait_for(stop.wait(), 10)
                    continue
                yield LevelStarted(act.concurrency)
                yield LevelFinished(act)

        monkeypatch.setattr(session, "profile", profile)

    return play
