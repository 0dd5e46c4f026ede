"""Runs with figures of one's choice."""

import pytest

from loadgen.load.modes import Concurrency
from loadgen.measure.results import LevelResult, Summary, Verdict
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.study.axes import Settings
from loadgen.study.runs import Run
from loadgen.units import ms, seconds


def level(throughput, concurrency=1, *, reason="", average_ms=1.0):
    """Return a level of one window, of which half of the latency was the server's queue."""
    count = max(1, round(throughput))
    served = ServerStatistics(
        inference_count=count,
        execution_count=count,
        success=Spent(count, count * ms(0.9 * average_ms)),
        queue=Spent(count, count * ms(0.5 * average_ms)),
        compute_infer=Spent(count, count * ms(0.4 * average_ms)),
    )
    latencies = {50: ms(average_ms), 90: ms(average_ms), 95: ms(average_ms), 99: ms(2 * average_ms)}
    summary = Summary(count, seconds(1), float(throughput), ms(average_ms), 10, latencies, served)
    return LevelResult(Concurrency(concurrency), summary, Verdict(not reason, reason), trials=(summary,) * 3)


def run(number, throughput, *, failed="", **settings):
    """Return a run of one level; `instance_count=4` sets an axis."""
    levels = () if throughput is None else (level(throughput),)
    return Run(number, settings_of(**settings), levels, failed)


def settings_of(**values):
    return Settings(tuple((name.replace("_", "-"), value) for name, value in values.items()))


@pytest.fixture(scope="session")
def runs_of():
    """Return a maker of runs from (throughput, settings) pairs, in order."""
    return lambda *pairs: [
        run(number, throughput, **settings) for number, (throughput, settings) in enumerate(pairs, 1)
    ]


@pytest.fixture(scope="session")
def level_of():
    return level


@pytest.fixture(scope="session")
def run_of():
    return run


@pytest.fixture(scope="session")
def settings():
    return settings_of
