"""The table for a terminal: the columns that fit, and below it what needs words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from loadgen.measure.client_limit import judge_client
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import Threshold
from loadgen.report.columns import Cell, Column, columns
from loadgen.report.doubts import doubts

PLAIN_WIDTH = 120

DISPENSABLE = ("p95_us", "p90_us", "server_queue_us", "p50_us", "server_compute_us")
"""What a narrow terminal does without, first to go first."""


@dataclass(frozen=True)
class LevelTable:
    """`results`, at least one, for rich to print in the width at hand: with full titles, short ones, or fewer columns.

    Of several models each has a row of its own below that of all.

    `percentile` is the latency that had to be stable; its column always stays. With `thresholds` there is a column that
    says whether a level keeps to all of them.
    """

    results: Sequence[LevelResult]
    percentile: int | None = None
    thresholds: Sequence[Threshold] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the table and its notes; called by rich."""
        unlimited = options.update(max_width=1000)
        tables = list(self._ever_narrower())
        fitting = (table for table in tables if console.measure(table, options=unlimited).maximum <= options.max_width)
        yield next(fitting, tables[-1])
        yield from self._notes()

    def _ever_narrower(self) -> Iterator[Table]:
        dispensable = [key for key in DISPENSABLE if key != f"p{self.percentile}_us"]
        yield self._table(short=False)
        for count in range(len(dispensable) + 1):
            yield self._table(short=True, without=dispensable[:count])

    def _table(self, *, short: bool, without: Collection[str] = ()) -> Table:
        table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 0, 0, 1))
        known = [
            column
            for column in columns(self.percentile, self.thresholds, level=self.results[0].load.title)
            if self._is_shown(column)
        ]
        shown = [column for column in known if column.key not in without]
        for column in shown:
            title = column.short if short and column.short else column.title
            table.add_column(f"{title}\n{column.unit}", justify="right", no_wrap=True)
        for row in self._rows:
            table.add_row(*(self._cell(column, row) for column in shown))
        return table

    @property
    def _rows(self) -> Sequence[LevelResult]:
        return [row for result in self.results for row in (result, *result.models.values())]

    def _is_shown(self, column: Column) -> bool:
        figures = [column.value(row) for row in self._rows]
        return any(figures) if column.rare else any(figure is not None for figure in figures)

    def _cell(self, column: Column, result: LevelResult) -> Text:
        value = column.value(result)
        text = written(value)
        if column.key == "stable" and value is not None:
            return Text("yes") if result.verdict.stable else Text("no", style="bold yellow")
        if column.key == "holds" and value not in (None, "yes"):
            return Text(text, style="bold red")
        if column.key == "throughput":
            marks = self._marks(result).ljust(max(len(self._marks(other)) for other in self.results))
            return Text(f"{text}{marks}", style="bold" if result is self._best else "")
        return Text(text)

    def _marks(self, result: LevelResult) -> str:
        """Return what the notes below the table explain."""
        return ("*" if result is self._best else "") + ("!" if judge_client(result.summary).limited else "")

    @property
    def _best(self) -> LevelResult | None:
        return best(self.results)

    def _notes(self) -> Iterator[Text]:
        if self._best:
            yield Text("* the best throughput")
        if any(judge_client(result.summary).limited for result in self.results):
            yield Text("! the limit was loadgen itself: the server may be capable of more")
        if any(result.failures for result in self.results):
            yield Text("Failed requests are not in the other figures.")
        if any(result.summary.adds_us is not None for result in self.results):
            yield Text(
                "Adds is the average latency minus the server's own average request latency: "
                "what network, protocol and this client add."
            )
        if any(result.summary.server and result.summary.server.response_cache for result in self.results):
            yield Text("Server compute: the average over hits and misses of the response cache.")
        for result in self.results:
            if not result.verdict.stable:
                yield Text(f"{result.load} is not stable: {result.verdict.reason}.", style="yellow")
        yield from (Text(doubt, style="yellow") for result in self.results for doubt in doubts(result, self.percentile))


def best(results: Sequence[LevelResult]) -> LevelResult | None:
    """Return the stable level of the highest throughput, if there are others to compare it with."""
    stable = [result for result in results if result.verdict.stable]
    return max(stable, key=lambda result: result.summary.throughput) if len(stable) > 1 else None


def written(value: Cell) -> str:
    """Return the text of a cell."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.1f}" if value >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value


def plain_table(
    results: Sequence[LevelResult], percentile: int | None = None, thresholds: Sequence[Threshold] = ()
) -> str:
    """Return the table of `results` as text without colours, for those who have no terminal at hand."""
    text = StringIO()
    # Not as a notebook's console, which rich would take for a terminal with colours, and write into.
    console = Console(file=text, width=PLAIN_WIDTH, color_system=None, force_terminal=False, force_jupyter=False)
    console.print(LevelTable(results, percentile, thresholds))
    return text.getvalue().rstrip("\n")
