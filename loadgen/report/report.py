"""What a run returns: everything that is known of it, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loadgen.errors import ConfigError
from loadgen.load.mix import Mix
from loadgen.load.target import Target
from loadgen.measure.figures import Figures
from loadgen.measure.results import LevelResult
from loadgen.measure.threshold import Threshold
from loadgen.measure.windows import Windows

if TYPE_CHECKING:  # `import loadgen` is quick
    from datetime import datetime

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Report(Figures):
    """What was asked for, when and where, what was measured, and how it ended.

    `levels` are in the order in which they were visited. Of a report of one level the figures are read directly:
    `report.p99_ms`, `report.throughput`, `report.stable`; its windows with the records of each request, the server's
    statistics and the rest are in `report.level`.

    `started_at` has a time zone, and `environment` is that of `loadgen.report.environment`. `arguments` are the words
    of the command line, if it was one. The document judges every level by the `thresholds`. A run was ended by a signal
    (`is_interrupted`), by an `error`, which is its sentence, or because all was measured. Of several models `target` is
    the first one of the `mix`; the figures of each are in `models` of a level.
    """

    target: Target
    windows: Windows
    started_at: "datetime"
    environment: Mapping[str, Any] = field(repr=False)
    levels: tuple[LevelResult, ...] = ()
    arguments: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    is_interrupted: bool = False
    error: str = ""
    mix: Mix | None = None

    @property
    def level(self) -> LevelResult:
        """The only level. Raises ConfigError if there are several, or none."""
        if len(self.levels) != 1:
            raise ConfigError(f"the report has {len(self.levels)} levels, not one: see report.levels")
        return self.levels[0]

    @property
    def _level(self) -> LevelResult:
        return self.level

    @property
    def _judged_levels(self) -> tuple[LevelResult, ...]:
        return self.levels

    def __str__(self) -> str:
        """Return the table that the command line prints, as it is on a terminal of 120 columns."""
        from loadgen.report.table import plain_table  # noqa: PLC0415 - brings rich

        return plain_table(self.levels, self.windows.percentile, self.thresholds) if self.levels else "(no levels)"

    def _repr_html_(self) -> str:
        """Return the table for a Jupyter notebook."""
        from html import escape  # noqa: PLC0415 - `import loadgen` is quick

        return f"<pre>{escape(str(self))}</pre>"

    def requests(self) -> "dict[str, NDArray[Any]]":
        """Return the requests that succeeded in the judged windows as columns, an element for each request.

        `load` is the number of the level (requests in flight, or per second), float64, and `window` that of its window,
        from 1, int64; `start_ns`, `end_ns` (of a monotonic clock) and `latency_ns` are int64. Of several models there
        is a column of their names, `model`, and the requests of each stand together. So both
        `pandas.DataFrame(report.requests())` and `polars.DataFrame(report.requests())` are a frame of them.
        """
        from loadgen.report.requests import request_columns  # noqa: PLC0415 - brings numpy

        return request_columns(self.levels)

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `--json` writes and `loadgen/report/schema.json` describes, as JSON's types."""
        from loadgen.report.document import document  # noqa: PLC0415 - brings numpy

        return document(self)

    def to_json(self) -> str:
        """Return that document as text: valid JSON whatever the figures are, in ASCII, with a newline at its end."""
        import json  # noqa: PLC0415 - takes a while too

        return f"{json.dumps(self.to_dict(), allow_nan=False, indent=1)}\n"
