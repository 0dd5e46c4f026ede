"""A study on a terminal: what is being measured, and the ranking so far, drawn again after each level."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from loadgen.study.ranking_text import ranking_text
from loadgen.study.runs import Run
from loadgen.study.schedule import Study


class LiveRanking:
    """The view on standard error; a context manager, which leaves the terminal as it was."""

    def __init__(self, study: Study) -> None:
        self._study = study
        # No thread that refreshes: it would take its time from the load.
        self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def draw(self, runs: Sequence[Run], doing: Sequence[str]) -> None:
        """Draw the lines about what is being done, and below them the ranking of the runs."""
        lines = [*doing]
        if any(run.is_measured for run in runs):
            lines += ["", ranking_text(self._study, runs)]
        text = "\n".join(lines)
        self._live.update(Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in text.splitlines())))
        self._live.refresh()
