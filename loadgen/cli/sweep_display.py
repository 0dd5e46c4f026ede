"""A study as text: what happens on stderr, as a live view where that is a terminal, and the ranking on stdout."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from loadgen.cli.output import warn, write
from loadgen.measure.results import LevelResult
from loadgen.study.measurement import Event, LevelMeasured, RunFinished, RunStarted
from loadgen.study.ranking import rank
from loadgen.study.ranking_text import ranking_text
from loadgen.study.runs import Run
from loadgen.study.schedule import Study
from loadgen.units import whole_us

if TYPE_CHECKING:  # rich takes a while, which a run without a terminal need not pay
    from loadgen.cli.sweep_live import LiveRanking


class SweepDisplay:
    """Shows the events of a study as they come, while its `with` block runs, and its ranking at the end."""

    def __init__(self, study: Study, known: Sequence[Run]) -> None:
        self._study = study
        self._runs = {run.number: run for run in known}
        self._stack = ExitStack()
        self._live: LiveRanking | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from loadgen.cli.sweep_live import LiveRanking  # noqa: PLC0415 - see above

            self._live = self._stack.enter_context(LiveRanking(self._study))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs so far, in order."""
        return tuple(self._runs.values())

    def show(self, event: Event) -> None:
        """Show one event."""
        run = event.run
        self._runs[run.number] = run
        if self._live is not None:
            self._live.draw(self.runs, [self._title(run), *(f"  {_level(level)}" for level in run.levels)])
            return
        match event:
            case RunStarted():
                warn(self._title(run))
            case LevelMeasured():
                warn(f"  {_level(run.levels[-1])}")
            case RunFinished() if run.failed:
                warn(f"  failed: {run.failed}")
            case RunFinished():
                self._show_best()

    def conclude(self) -> None:
        """Print the ranking, if there is one."""
        if any(run.is_measured for run in self.runs):
            write(ranking_text(self._study, self.runs))

    def _title(self, run: Run) -> str:
        how_many = f"of {self._study.runs}" if run.number <= self._study.runs else "(repeated)"
        return f"run {run.number} {how_many}: {run.settings}"

    def _show_best(self) -> None:
        objective = self._study.objective
        standings = rank(self.runs, objective).standings
        if standings:
            best = standings[0]
            figure = f"{objective.figure} {objective.in_unit(best.score):.1f} {objective.unit}"
            warn(f"  best so far: {best.settings}, {figure} at {str(best.level.load).lower()}")


def _level(level: LevelResult) -> str:
    figures = f"{level.summary.throughput:.1f} infer/s, average {whole_us(level.summary.average_ns)} us"
    doubt = "" if level.verdict.stable else f" (unstable: {level.verdict.reason})"
    return f"{str(level.load).lower()}: {figures}{doubt}"
