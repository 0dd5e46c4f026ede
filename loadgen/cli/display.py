"""A run as text: results on stdout, line by line in perf_analyzer's words, and everything else on stderr."""

import sys

from loadgen.cli.options import Options
from loadgen.cli.output import warn, write
from loadgen.errors import InferenceError
from loadgen.measure.results import Event, LevelFinished, LevelResult, LevelStarted, WindowClosed
from loadgen.report import text


class Display:
    """Prints the events of a run as they come, and its summary at the end. `levels` is what was measured so far."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._has_begun = False
        self.levels: list[LevelResult] = []

    def show(self, event: Event) -> None:
        """Print one event."""
        match event:
            case LevelStarted(concurrency):
                self._begin()
                write(text.request_concurrency(concurrency))
            case WindowClosed(_, index, summary) if self._options.verbose:
                write(text.trial(index, summary, percentile=self._options.percentile))
            case LevelFinished(result):
                self.levels.append(result)
                write(self._level(result))
                self._warn_if_unstable(result)

    def conclude(self) -> None:
        """Print the summary of the levels that have figures, if any, and on a terminal a table of all."""
        measured = [level for level in self.levels if level.summary.request_count]
        if not measured:
            return
        write(text.summary(measured, percentile=self._options.percentile))
        if sys.stdout.isatty():
            # rich takes 40 ms of CPU to import, which a run without a terminal need not pay.
            from rich.console import Console  # noqa: PLC0415 - see above

            from loadgen.report.table import LevelTable  # noqa: PLC0415 - see above

            write("")
            Console().print(LevelTable(self.levels, self._options.percentile))

    def _begin(self) -> None:
        """Print the settings before the first level: a run that cannot begin has none."""
        if self._has_begun:
            return
        self._has_begun = True
        options = self._options
        write(
            text.settings(
                options.batch_size,
                options.interval_ms,
                percentile=options.percentile,
                concurrency_limit=options.concurrency_limit,
            )
        )

    def _level(self, result: LevelResult) -> str:
        options = self._options
        return text.level(result, percentile=options.percentile, verbose=options.verbose, protocol=options.protocol)

    def _warn_if_unstable(self, result: LevelResult) -> None:
        """Say that all windows were used up in vain. A level that was broken off has its reason told elsewhere."""
        if not result.verdict.stable and len(result.trials) >= self._options.max_trials:
            warn(text.unstable_warning(result, self._options.max_trials))


def warn_of_failed_request(error: InferenceError) -> None:
    """Print the lines by which scripts recognise a failed request (behaviour section 5.4)."""
    warn("Failed to maintain requested inference load. Worker thread(s) failed to generate concurrent requests.")
    warn(f"Thread [0] had error: {error}")
