"""Saved runs side by side, level by level: the first one is what the others are compared with. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from loadgen.measure.confidence import Interval, mean_interval
from loadgen.measure.results import LevelResult
from loadgen.measure.stability import JUDGED_WINDOWS
from loadgen.report.plain_table import plain_table
from loadgen.report.saved import SavedRun
from loadgen.units import NS_PER_US

_TITLES = (
    ("Level", "Run", "Throughput", "Change", "Average", "Change", "p99", "Change", "Stable", ""),
    ("", "", "infer/s", "%", "us", "%", "us", "%", "", ""),
)


@dataclass(frozen=True)
class Comparison:
    """A level of a run, and the same level of the first run, `base`; None where that one has no such level."""

    run: str
    level: LevelResult
    base: LevelResult | None

    @property
    def slower_by(self) -> float:
        """By which share the throughput fell or the average latency rose, whichever is more; negative if faster."""
        if self.base is None:
            return 0.0
        before, after = self.base.summary, self.level.summary
        if not (before.request_count and after.request_count):
            return 1.0 if before.request_count else 0.0
        return max(1 - after.throughput / before.throughput, after.average_ns / before.average_ns - 1)

    @property
    def is_within_noise(self) -> bool:
        """Whether the 95 % intervals of both throughputs, over the judged windows, have a value in common.

        Windows show the noise within a run alone: two runs of the same work differ by more than that.
        """
        intervals = [_interval(level) for level in (self.base, self.level) if level is not None]
        known = [interval for interval in intervals if interval is not None]
        return len(known) == 2 and known[0].low <= known[1].high and known[1].low <= known[0].high


def compared(runs: Sequence[SavedRun]) -> list[list[Comparison]]:
    """Return the levels of the first run in order, each in all runs that have it, and then those that it has not."""
    base, *others = runs
    before = {str(level.load): level for level in base.levels}
    groups = {name: [Comparison(base.name, level, None)] for name, level in before.items()}
    for run in others:
        for level in run.levels:
            name = str(level.load)
            groups.setdefault(name, []).append(Comparison(run.name, level, before.get(name)))
    return list(groups.values())


def comparison_text(groups: Sequence[Sequence[Comparison]]) -> str:
    """Return a table of the comparisons."""
    rows = [_row(one, is_first=index == 0) for group in groups for index, one in enumerate(group)]
    return "\n".join(plain_table(_TITLES, rows, names=(0, 1, 9)))


def slower(groups: Sequence[Sequence[Comparison]], tolerance: float) -> Iterator[str]:
    """Yield a sentence for each level that is slower than that of the first run by more than a share."""
    for one in (one for group in groups for one in group):
        if one.slower_by > tolerance:
            by, most = f"{100 * one.slower_by:.1f} %", f"{100 * tolerance:.4g} %"
            noise = ", which the noise of the windows explains" if one.is_within_noise else ""
            yield f"{one.run}: {str(one.level.load).lower()} is slower by {by}, more than {most}{noise}"


def _row(one: Comparison, *, is_first: bool) -> list[str]:
    figures = [
        *_figure(one, "{:.1f}", lambda level: level.summary.throughput),
        *_figure(one, "{:.0f}", lambda level: level.summary.average_ns / NS_PER_US),
        *_figure(one, "{:.0f}", lambda level: level.summary.percentiles_ns[99] / NS_PER_US),
    ]
    stable = "yes" if one.level.verdict.stable else "no"
    note = "within the noise" if one.is_within_noise else ""
    return [str(one.level.load) if is_first else "", one.run, *figures, stable, note]


def _figure(one: Comparison, form: str, read: Callable[[LevelResult], float]) -> tuple[str, str]:
    """Return a figure, and by how many percent it changed, which is empty where there is nothing to compare with."""
    before, now = 0.0 if one.base is None else read(one.base), read(one.level)
    return form.format(now), f"{100 * (now / before - 1):+.1f}" if before else ""


def _interval(level: LevelResult) -> Interval | None:
    return mean_interval([trial.throughput for trial in level.trials[-JUDGED_WINDOWS:]])
