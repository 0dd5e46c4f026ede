"""A run as text: results on stdout, line by line in perf_analyzer's words, and everything else on stderr."""

import sys

from loadgen.cli.options import Options
from loadgen.cli.output import warn, write
from loadgen.errors import InferenceError
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


class Display:
    """Prints the events of a run as they come, and its summary at the end. `levels` is what was measured so far."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._has_warned_of_gpus = False
        self.levels: list[LevelResult] = []

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
                self.levels.append(result)
                write(self._level(result))
                self._warn_of_verdict(result)
                self._warn_of_gpus(result)

    def conclude(self) -> None:
        """Print the summary of the levels that have figures, if any, and on a terminal a table of all."""
        measured = [level for level in self.levels if level.summary.request_count]
        if measured:
            write(text.summary(measured, percentile=self._options.percentile))
        if self.levels and self._options.find_max:
            from loadgen.report.find_max import find_max_text  # noqa: PLC0415 - most runs need not pay for it

            write(find_max_text(self.levels, self._options.find_max))
        if measured and self._options.scenario not in ("", "server"):
            from loadgen.report.scenario import scenario_text  # noqa: PLC0415 - most runs need not pay for it

            write(scenario_text(self._options.scenario, measured[-1]))
        if self.levels and self._options.thresholds:
            from loadgen.report.thresholds import thresholds_text  # noqa: PLC0415 - most runs need not pay for it

            write(thresholds_text(self.levels, self._options.thresholds))
        if measured and sys.stdout.isatty():
            # rich takes 40 ms of CPU to import, which a run without a terminal need not pay.
            from rich.console import Console  # noqa: PLC0415 - see above

            from loadgen.report.table import LevelTable  # noqa: PLC0415 - see above

            write("")
            Console().print(LevelTable(self.levels, self._options.percentile, self._options.thresholds))

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
            ends_by_itself=options.shape is not None,
            binary_search=options.binary_search,
            stream_sizes=prepared.stream_sizes,
            is_decoupled=prepared.is_decoupled,
        )

    def _level(self, result: LevelResult) -> str:
        options = self._options
        block = text.level(result, percentile=options.percentile, verbose=options.verbose, protocol=options.protocol)
        return f"{block}\n{metrics_text(result.metrics)}" if options.collects_metrics else block

    def _warn_of_gpus(self, result: LevelResult) -> None:
        """Say once in a run that the server tells nothing of GPUs."""
        if result.metrics is not None and not result.metrics.gpus and not self._has_warned_of_gpus:
            self._has_warned_of_gpus = True
            warn("loadgen: the metrics of the server tell of no GPU, so that those figures are not known")

    def _warn_of_verdict(self, result: LevelResult) -> None:
        """Say that all windows were used up in vain, or that the latency is over the limit.

        A level that was broken off has its reason told elsewhere.
        """
        options, verdict = self._options, result.verdict
        if verdict.stable and verdict.over_limit:
            warn(text.over_limit_warning(options.latency_limit_ms))
        if not verdict.stable and (verdict.over_limit or len(result.trials) >= options.max_trials):
            warn(text.unstable_warning(result, options.max_trials, counts_requests=options.counts_requests))


def warn_of_failed_request(error: InferenceError) -> None:
    """Print the lines by which scripts recognise a failed request (behaviour section 5.4)."""
    warn("Failed to maintain requested inference load. Worker thread(s) failed to generate concurrent requests.")
    warn(f"Thread [0] had error: {error}")
