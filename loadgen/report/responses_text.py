"""When the responses of a decoupled model came, in words; perf_analyzer tells it in no text."""

from collections.abc import Iterator

from loadgen.load.modes import PeriodicConcurrency
from loadgen.measure.responses import Times
from loadgen.measure.results import LevelResult
from loadgen.report.planned_text import by_percentile
from loadgen.units import whole_us


def response_times(level: LevelResult) -> Iterator[str]:
    """Yield how long the first response took, and the next ones; of a periodic load also how many requests had few."""
    times = level.summary.response_times
    if times is None:
        return
    yield from _line("Time to first response", times.first)
    yield from _line("Time between responses", times.between)
    if isinstance(level.load, PeriodicConcurrency):
        yield from _early_ends(level, level.load.period)


def _line(title: str, times: Times | None) -> Iterator[str]:
    if times is not None:
        yield f"{title}: avg {whole_us(times.average_ns)} usec, {by_percentile(times.percentiles_ns)}"


def _early_ends(level: LevelResult, period: int) -> Iterator[str]:
    counts = [window.responses.counts for window in level.windows if window.responses is not None]
    early = sum(int((count < period).sum()) for count in counts)
    if early:
        all_of_them = level.summary.request_count
        yield f"Ended with fewer than {period} responses, and counted as if they had had them: {early} of {all_of_them}"
