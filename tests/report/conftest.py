"""Levels with figures of one's choice, and golden files: `pytest tests/report --update-golden` writes them anew."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from loadgen.load.modes import Concurrency
from loadgen.measure.failures import FailureCount
from loadgen.measure.results import Connections, LevelResult, Summary, Verdict
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.units import seconds

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files instead of comparing with them"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return an assertion that a text is that of the golden file of a name."""
    update = request.config.getoption("--update-golden", default=False)

    def assert_golden(name: str, text: str) -> None:
        if update:
            (GOLDEN / name).write_text(text, encoding="utf-8")
        assert text == (GOLDEN / name).read_text(encoding="utf-8")

    return assert_golden


@pytest.fixture(scope="session")
def summary_of() -> Callable[..., Summary]:
    """Return a maker of summaries from whole microseconds; `latencies_us` are p50, p90, p95, p99, or a mapping."""

    def make(
        throughput: float,
        average_us: int = 0,
        *,
        latencies_us: tuple[int, ...] | dict[int, int] = (0, 0, 0, 0),
        deviation_us: int = 0,
        server: ServerStatistics | None = None,
        count: int = 1000,
    ) -> Summary:
        if isinstance(latencies_us, tuple):
            latencies_us = dict(zip((50, 90, 95, 99), latencies_us, strict=True))
        latencies_ns = {p: us * 1000 for p, us in latencies_us.items()}
        return Summary(count, seconds(1), throughput, average_us * 1000, deviation_us, latencies_ns, server)

    return make


@pytest.fixture(scope="session")
def level_of(summary_of) -> Callable[..., LevelResult]:
    """Return a maker of levels of a single window; the rest is that of `summary_of`.

    A `reason` makes one unstable; `failed` counts failures by kind, each with the words of its `example`.
    """

    def make(
        concurrency: int,
        *figures: float,
        reason: str = "",
        failed: Mapping[str, int] | None = None,
        example: str = "a word of the server's",
        connections: Connections | None = None,
        **more: object,
    ) -> LevelResult:
        summary = summary_of(*figures, **more)
        if summary.average_ns:  # so long that all slots were in use
            summary = replace(summary, duration_ns=summary.request_count * summary.average_ns // concurrency or 1)
        failures = {kind: FailureCount(count, example) for kind, count in (failed or {}).items()}
        verdict = Verdict(stable=not reason, reason=reason)
        trial = replace(summary, failures=failures)
        return LevelResult(Concurrency(concurrency), summary, verdict, trials=(trial,), connections=connections)

    return make
