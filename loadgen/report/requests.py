"""Every request that was measured as a row of columns, for whoever likes to compute himself."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.measure.results import LevelResult
from loadgen.measure.windows import Window


def request_columns(levels: Sequence[LevelResult]) -> dict[str, NDArray[Any]]:
    """Return the requests that succeeded in the judged windows, in order: `Report.requests` says what the columns are.

    All have the same length; it is 0 without a request.
    """
    parts = [part for level in levels for part in level.models.values() or [level]]
    rows = [(part, number, window) for part in parts for number, window in _numbered(part)]
    counts = [len(window.records) for _, _, window in rows]
    columns = {
        "load": np.repeat(np.array([part.load.value for part, _, _ in rows], np.float64), counts),
        "window": np.repeat(np.array([number for _, number, _ in rows], np.int64), counts),
        "start_ns": _joined([window.records.start_ns for _, _, window in rows]),
        "end_ns": _joined([window.records.end_ns for _, _, window in rows]),
        "latency_ns": _joined([window.records.latency_ns for _, _, window in rows]),
    }
    if any(part.model for part in parts):
        columns["model"] = np.repeat(np.array([part.model for part, _, _ in rows], object), counts)
    return columns


def _numbered(level: LevelResult) -> enumerate[Window]:
    """Return the windows that were kept with their numbers among all of the level."""
    return enumerate(level.windows, 1 + len(level.trials) - len(level.windows))


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.array([], np.int64), *parts])
