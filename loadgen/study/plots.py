"""The plots of a study's report."""

from collections.abc import Callable, Sequence

from loadgen.measure.results import LevelResult
from loadgen.study.axes import ORIGINAL
from loadgen.study.blocks import Figure
from loadgen.study.columns import name_of
from loadgen.study.ranking import Ranking, Standing
from loadgen.study.svg import Bar, Series, bars, lines
from loadgen.study.words import Words
from loadgen.units import NS_PER_MS

MOST_LINES = 10
"""More than these nobody can tell apart."""

_PARTS = ("part_queue", "part_input", "part_infer", "part_output", "part_overhead", "part_adds")


def plots(ranking: Ranking, words: Words) -> list[Figure]:
    """Return the figures of a ranking of at least one configuration: those of the server only where it tells."""
    shown = _shown(ranking)
    all_shown = len(shown) == len(ranking.standings)
    some = "" if all_shown else " " + words["some_lines"].format(count=MOST_LINES - 1)
    figures = [
        Figure(_latency_by_throughput(shown, words), words["latency_caption"] + some, "latency.svg"),
        Figure(_throughput_by_concurrency(shown, words), words["throughput_caption"] + some, "throughput.svg"),
    ]
    stacks = [Bar(_label(one, words), _parts_us(one.level)) for one in ranking.standings if one.level.summary.server]
    if stacks:
        split = bars(stacks, [words[name] for name in _PARTS], title=words["latency_us"], written=_written(words))
        figures.append(Figure(split, words["split_caption"], "server_time.svg"))
    return figures


def _shown(ranking: Ranking) -> Sequence[Standing]:
    """Return the original configuration, which has the first colour, and the best of the others."""
    original = ranking.of(ORIGINAL)
    others = [standing for standing in ranking.standings if standing.settings]
    return [*([] if original is None else [original]), *others[: MOST_LINES - 1]]


def _latency_by_throughput(standings: Sequence[Standing], words: Words) -> str:
    series = [_series(one, words, lambda level: (level.summary.throughput, _average_ms(level))) for one in standings]
    return lines(series, x_title=words["throughput_axis"], y_title=words["latency_ms"], written=_written(words))


def _throughput_by_concurrency(standings: Sequence[Standing], words: Words) -> str:
    series = [_series(one, words, lambda level: (level.load.value, level.summary.throughput)) for one in standings]
    return lines(series, x_title=words["concurrency_axis"], y_title=words["throughput_axis"], written=_written(words))


def _series(standing: Standing, words: Words, point: Callable[[LevelResult], tuple[float, float]]) -> Series:
    measured = [level for level in standing.run.levels if level.summary.request_count]
    return Series(name_of(standing.settings, words), tuple(point(level) for level in measured))


def _average_ms(level: LevelResult) -> float:
    return level.summary.average_ns / NS_PER_MS


def _label(standing: Standing, words: Words) -> str:
    return f"{name_of(standing.settings, words)} ({standing.level.load.value})"


def _parts_us(level: LevelResult) -> tuple[float, ...]:
    """Return the parts of the average latency, in the order of _PARTS; what the client adds may not be known."""
    server = level.summary.server
    assert server is not None
    steps = (server.compute_input, server.compute_infer, server.compute_output)
    adds_us = max(0, level.summary.adds_us or 0)
    return (server.queue.average_us, *(step.average_us for step in steps), server.overhead_us, adds_us)


def _written(words: Words) -> Callable[[float], str]:
    return lambda value: f"{value:.6g}".replace(".", words["decimal"])
