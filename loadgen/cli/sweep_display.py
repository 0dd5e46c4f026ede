"""A study as text: what is expected and what happens on stderr, the ranking on stdout."""

from collections.abc import Sequence

from loadgen.cli.output import warn, write
from loadgen.measure.results import LevelResult
from loadgen.sweep.measurement import Event, LevelMeasured, RunFinished, RunStarted
from loadgen.sweep.ranking import rank
from loadgen.sweep.ranking_text import ranking_text
from loadgen.sweep.runs import Run
from loadgen.sweep.schedule import Study
from loadgen.units import whole_us


class SweepDisplay:
    """Prints the events of a study as they come, and its ranking at the end."""

    def __init__(self, study: Study, known: Sequence[Run]) -> None:
        self._study = study
        self._runs = {run.number: run for run in known}

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs so far, in order."""
        return tuple(self._runs.values())

    def show(self, event: Event) -> None:
        """Print one event."""
        run = event.run
        self._runs[run.number] = run
        match event:
            case RunStarted():
                warn(f"run {run.number} {self._of_how_many(run)}: {run.settings}")
            case LevelMeasured():
                warn(f"  {_level(run.levels[-1])}")
            case RunFinished() if run.failed:
                warn(f"  failed: {run.failed}")
            case RunFinished():
                self._show_best()

    def _of_how_many(self, run: Run) -> str:
        return f"of {self._study.runs}" if run.number <= self._study.runs else "(repeated)"

    def conclude(self) -> None:
        """Print the ranking, if there is one."""
        if any(run.is_measured for run in self.runs):
            write(ranking_text(self.runs, self._study.objective))

    def _show_best(self) -> None:
        objective = self._study.objective
        best = rank(self.runs, objective).standings[0]
        figure = f"{objective.figure} {objective.in_unit(best.score):.1f} {objective.unit}"
        warn(f"  best so far: {best.settings}, {figure} at {str(best.level.load).lower()}")


def _level(level: LevelResult) -> str:
    figures = f"{level.summary.throughput:.1f} infer/s, average {whole_us(level.summary.average_ns)} us"
    doubt = "" if level.verdict.stable else f" (unstable: {level.verdict.reason})"
    return f"{str(level.load).lower()}: {figures}{doubt}"
