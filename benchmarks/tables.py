"""The benchmark's result as Markdown and as JSON."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from benchmarks.goals import Level, Row
from loadgen.compare.judgement import Figures, median_figures
from loadgen.version import __version__

Runs = Mapping[str, Mapping[int, Level]]
"""{model: {concurrency: {tool: its rounds}}}."""


def as_text(rows: Sequence[Row], runs: Runs) -> str:
    """Return the goals, and below them the medians of every tool at every level."""
    return "\n\n".join([_goal_table(rows), *(_level_table(model, levels) for model, levels in runs.items())])


def as_json(rows: Sequence[Row], runs: Runs) -> dict[str, object]:
    """Return the goals, every single run, and where and with what it was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "python": platform.python_version(),
        "loadgen": __version__,
        "goals": [asdict(row) for row in rows],
        "runs": {
            model: {
                concurrency: {tool: [run and asdict(run) for run in rounds] for tool, rounds in level.items()}
                for concurrency, level in levels.items()
            }
            for model, levels in runs.items()
        },
    }


def _goal_table(rows: Sequence[Row]) -> str:
    lines = ["| figure | model | goal | measured | met |", "|---|---|---|---|---|"]
    for row in rows:
        measured = f"n/a: {row.missing}" if row.measured is None else f"{row.measured:.2f}"
        met = {True: "yes", False: "NO", None: "n/a"}[row.met]
        lines.append(f"| {row.figure} | {row.model} | {row.goal} | {measured} | {met} |")
    return "\n".join(lines)


def _level_table(model: str, levels: Mapping[int, Level]) -> str:
    lines = [f"| {model} | tool | infer/s | latency us | adds us | CPU us/request |", "|---|---|---|---|---|---|"]
    for concurrency, of_level in levels.items():
        for name, rounds in of_level.items():
            figures = median_figures([run for run in rounds if run is not None])
            lines.append(f"| c={concurrency} | {name} | {_cells(figures)} |")
    return "\n".join(lines)


def _cells(figures: Figures | None) -> str:
    if figures is None:
        return "n/a | n/a | n/a | n/a"
    adds = "n/a" if figures.adds_us is None else f"{figures.adds_us:.0f}"
    return f"{figures.throughput:.0f} | {figures.latency_us:.0f} | {adds} | {figures.cpu_us:.0f}"
