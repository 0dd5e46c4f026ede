"""What the user is told of a run while it goes on, and at its end. Results go to stdout, everything else to stderr."""

from collections.abc import Iterator
from typing import Self

from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.signals import say_stopping
from loadgen.errors import InferenceError
from loadgen.measure.results import Event, LevelFinished, LevelResult
from loadgen.profile.progress import Progress
from loadgen.report import text


class Display:
    """Tells nothing but warnings; others tell more. `levels` is what was measured so far.

    What it shows, it shows while its `with` block runs, inside the event loop of the load. `progress` is to be filled
    in by the measurement.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._has_warned_of_gpus = False
        self.levels: list[LevelResult] = []
        self.progress = Progress()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def ready(self) -> None:
        """Wait until events can be told; nothing is measured before."""

    def show(self, event: Event) -> None:
        """Tell of an event."""
        if isinstance(event, LevelFinished):
            self.levels.append(event.result)
            for sentence in self._warnings(event.result):
                self.warn(sentence)

    def warn(self, sentence: str) -> None:
        """Tell the user something on stderr."""
        warn(sentence)

    def stopping(self) -> None:
        """Tell that the user's wish to stop has been heard."""
        say_stopping()

    def close(self) -> None:
        """Leave the terminal as it was, at once: the process may be about to end."""

    def conclude(self) -> None:
        """Tell what was measured in all."""

    def _warnings(self, result: LevelResult) -> Iterator[str]:
        """Yield that all windows were used up in vain, that the latency is over the limit, and once what is not known.

        A level that was broken off has its reason told elsewhere.
        """
        options, verdict = self._options, result.verdict
        if verdict.stable and verdict.over_limit:
            yield text.over_limit_warning(options.latency_limit_ms)
        if not verdict.stable and (verdict.over_limit or len(result.trials) >= options.max_trials):
            yield text.unstable_warning(result, options.max_trials, counts_requests=options.counts_requests)
        if result.metrics is not None and not result.metrics.gpus and not self._has_warned_of_gpus:
            self._has_warned_of_gpus = True
            yield "loadgen: the metrics of the server tell of no GPU, so that those figures are not known"


def warn_of_failed_request(error: InferenceError) -> None:
    """Print the lines by which scripts recognise a failed request (behaviour section 5.4)."""
    warn("Failed to maintain requested inference load. Worker thread(s) failed to generate concurrent requests.")
    warn(f"Thread [0] had error: {error}")
