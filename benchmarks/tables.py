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
"""{contest: {concurrency: {tool: its rounds}}}."""


def as_text(rows: Sequence[Row], runs: Runs, failures: Sequence[str]) -> str:
    """Return the goals, below them the medians of every tool at every level, and what went wrong."""
    parts = [_goal_table(rows), *(_level_table(contest, levels) for contest, levels in runs.items())]
    if failures:
        parts += ["Runs without figures:\n\n" + "\n".join(f"- {failure}" for failure in failures)]
    return "\n\n".join(parts)


def as_json(rows: Sequence[Row], runs: Runs, failures: Sequence[str]) -> dict[str, object]:
    """Return the goals, every single run, and where and with what it was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "python": platform.python_version(),
        "loadgen": __version__,
        "goals": [asdict(row) for row in rows],
        "failures": list(failures),
        "runs": {
            contest: {
                concurrency: {tool: [run and asdict(run) for run in rounds] for tool, rounds in level.items()}
                for concurrency, level in levels.items()
            }
            for contest, levels in runs.items()
        },
    }


def _goal_table(rows: Sequence[Row]) -> str:
    lines = ["| figure | work | goal | measured | met |", "|---|---|---|---|---|"]
    for row in rows:
        measured = f"n/a: {row.missing}" if row.measured is None else f"{row.measured:.2f}"
        met = {True: "yes", False: "NO", None: "n/a"}[row.met]
        lines.append(f"| {row.figure} | {row.contest} | {row.goal} | {measured} | {met} |")
    return "\n".join(lines)


def _level_table(contest: str, levels: Mapping[int, Level]) -> str:
    columns = ("infer/s", "spread %", "latency us", "adds us", "CPU us/request", "server us/request")
    lines = [f"| {contest} | tool | {' | '.join(columns)} |", "|---" * (2 + len(columns)) + "|"]
    for concurrency, of_level in levels.items():
        for name, rounds in of_level.items():
            cells = _cells([run for run in rounds if run is not None]) or ["n/a"] * len(columns)
            lines.append(f"| c={concurrency} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(runs: Sequence[Figures]) -> list[str]:
    """Return the medians of some runs, and how far their throughput differs: the range in percent of the median."""
    figures = median_figures(runs)
    if figures is None:
        return []
    throughputs = [run.throughput for run in runs]
    spread = (max(throughputs) - min(throughputs)) / figures.throughput * 100
    adds = "n/a" if figures.adds_us is None else f"{figures.adds_us:.0f}"
    whole = (f"{value:.0f}" for value in (figures.throughput, spread, figures.latency_us))
    return [*whole, adds, f"{figures.cpu_us:.1f}", f"{figures.server_us:.1f}"]
