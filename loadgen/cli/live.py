"""A run as a live dashboard, of which a table remains."""

import sys
from collections.abc import Iterator, Sequence

from loadgen.cli.display import Display
from loadgen.cli.lines import print_table
from loadgen.cli.options import Options
from loadgen.cli.output import warn, write
from loadgen.dashboard.messages import Heading
from loadgen.dashboard.view import View
from loadgen.load.modes import FiniteLoad
from loadgen.measure.results import Event, LevelResult
from loadgen.profile.level import length_of
from loadgen.profile.plan import Plan
from loadgen.report import faults
from loadgen.report.metrics_text import metrics_text
from loadgen.report.responses_text import response_times

_PROTOCOLS = {"grpc": "gRPC", "http": "HTTP"}


class Live(Display):
    """Draws on the terminal, which is standard output, and leaves the table there. Warnings wait until it is free."""

    def __init__(self, options: Options, plan: Plan) -> None:
        super().__init__(options)
        self._heading = heading_of(options, plan)
        self._view = View(self._heading, self.progress, sys.stdout.fileno())
        self._held: list[str] = []

    async def ready(self) -> None:
        """Wait until there can be something to be seen."""
        await self._view.start()

    def show(self, event: Event) -> None:
        """Show one event."""
        super().show(event)
        self._view.show(event)

    def warn(self, sentence: str) -> None:
        """Keep what is to be told on stderr."""
        self._held.append(sentence)

    def stopping(self) -> None:
        """Show that the user's wish to stop has been heard."""
        self._view.stopping()

    def close(self) -> None:
        """Take the picture away."""
        self._view.close()

    def conclude(self) -> None:
        """Leave what was measured on the terminal."""
        if self.levels:
            heading = self._heading
            write(f"{heading.model} at {heading.server}, {heading.protocol}, {heading.load}\n")
            print_table(self.levels, self._options)
        for line in remarks(self.levels, self._options):
            write(line)
        for sentence in self._held:
            warn(sentence)


def remarks(levels: Sequence[LevelResult], options: Options) -> Iterator[str]:
    """Yield what the table of these levels does not tell."""
    for level in levels:
        for one in (level, *level.models.values()):
            lines = (*response_times(one), *faults.failures(one), *faults.connections(one.connections))
            yield from (f"{one}: {line}" for line in lines)
        if options.collects_metrics:
            yield f"{level.load}:\n{metrics_text(level.metrics)}"


def heading_of(options: Options, plan: Plan) -> Heading:
    """Return what the dashboard says of the run as a whole."""
    first = options.load_at(options.levels.start)
    return Heading(
        server=plan.target.url,
        model=str(plan.mix or plan.target.name),
        protocol=_PROTOCOLS[plan.target.protocol],
        load=_load(options),
        search=plan.search,
        windows=plan.windows,
        batch_size=plan.inputs.batch_size,
        request_count=length_of(first) if isinstance(first, FiniteLoad) else plan.request_count,
    )


def _load(options: Options) -> str:
    """Return the levels in words: `concurrency 1 to 8 by 2`."""
    levels, first = options.levels, options.load_at(options.levels.start)
    if levels.is_single:
        return str(first).lower()
    end = "" if levels.limit is None else f" to {levels.limit:g}"
    return f"{str(first).lower()}{end}" + (f" by {levels.step:g}" if levels.step != 1 else "")
