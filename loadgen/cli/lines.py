"""A run as text, line by line in perf_analyzer's words, as it goes on."""

import sys
from collections.abc import Iterator, Sequence

from loadgen.cli.display import Display
from loadgen.cli.options import Options
from loadgen.cli.output import write
from loadgen.measure.results import (
    Event,
    LevelFinished,
    LevelResult,
    LevelStarted,
    LoadPrepared,
    WarmedUp,
    WindowClosed,
)
from loadgen.report import text
from loadgen.report.metrics_text import metrics_text
from loadgen.report.settings import Settings


class Lines(Display):
    """Prints the events of a run as they come, its summary at the end, and on a terminal a table of all levels."""

    def show(self, event: Event) -> None:
        """Print one event."""
        match event:
            case LoadPrepared():
                write(str(self._settings(event)))
            case LevelStarted(load) | WarmedUp(load):  # perf_analyzer says it a second time when it is warm
                if announcement := text.announced(load):
                    write(announcement)
            case WindowClosed(_, index, summary) if self._options.verbose:
                write(text.trial(index, summary, percentile=self._options.percentile))
            case LevelFinished(result):
                write(self._level(result))
        super().show(event)

    def conclude(self) -> None:
        """Print the summary of the levels that have figures, if any, and on a terminal a table of all."""
        measured = [level for level in self.levels if level.summary.request_count]
        if measured:
            write(text.summary(measured, percentile=self._options.percentile))
        for words in conclusions(self.levels, self._options):
            write(words)
        if measured and sys.stdout.isatty():
            write("")
            print_table(self.levels, self._options)

    def _settings(self, prepared: LoadPrepared) -> Settings:
        options = self._options
        return Settings(
            batch_size=options.inputs.batch_size,
            interval_ms=options.interval_ms,
            percentile=options.percentile,
            window_request_count=options.window_request_count if options.counts_requests else None,
            request_count=options.request_count,
            warmup_request_count=options.warmup_request_count,
            latency_limit_ms=options.latency_limit_ms,
            is_range=not options.levels.is_single,
            limit=options.levels.limit,
            arrivals=options.banner_arrivals,
            max_request_rate=options.max_request_rate,
            ends_by_itself=options.ends_by_itself,
            binary_search=options.binary_search,
            stream_sizes=prepared.stream_sizes,
            is_decoupled=prepared.is_decoupled,
            mix=str(options.mix or ""),
        )

    def _level(self, result: LevelResult) -> str:
        options = self._options
        block = text.level(result, percentile=options.percentile, verbose=options.verbose, protocol=options.protocol)
        metrics = [metrics_text(result.metrics)] if options.collects_metrics else []
        return "\n".join([block, *metrics, *text.overload_warning(result.summary)])


def conclusions(levels: Sequence[LevelResult], options: Options) -> Iterator[str]:
    """Yield what the options ask for besides the figures of levels."""
    measured = [level for level in levels if level.summary.request_count]
    if levels and options.find_max:
        from loadgen.report.find_max import find_max_text  # noqa: PLC0415 - most runs need not pay for any of these

        yield find_max_text(levels, options.find_max)
    if measured and options.scenario not in ("", "server"):
        from loadgen.report.scenario import scenario_text  # noqa: PLC0415 - see above

        yield scenario_text(options.scenario, measured[-1])
    if levels and options.thresholds:
        from loadgen.report.thresholds import thresholds_text  # noqa: PLC0415 - see above

        yield thresholds_text(levels, options.thresholds)


def print_table(levels: Sequence[LevelResult], options: Options) -> None:
    """Print the table of these levels, at least one, in the width of the terminal."""
    # rich takes 40 ms of CPU to import, which a run without a terminal need not pay.
    from rich.console import Console  # noqa: PLC0415 - see above

    from loadgen.report.table import LevelTable  # noqa: PLC0415 - see above

    Console().print(LevelTable(levels, options.percentile, options.thresholds))
