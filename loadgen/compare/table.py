"""The comparison as text: one row per level, and the verdict below. Pure.

The text is the same on a terminal and in a pipe; rows fit into 80 columns.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from loadgen.compare.judgement import Bounds, Figures, Level, disagreements
from loadgen.compare.runs import Run

Getter = Callable[[Figures], float | None]

_GROUPS: tuple[tuple[str, Getter], ...] = (
    ("throughput infer/s", lambda figures: figures.throughput),
    ("latency usec", lambda figures: figures.latency_us),
    ("tool adds usec", lambda figures: figures.adds_us),
    ("tool CPU usec/req", lambda figures: figures.cpu_us),
)
_GROUP_WIDTH = 18
_WIDTH = 80
_MISSING = "n/a"


def heading() -> str:
    """Return the two lines above the rows."""
    titles = "|".join(title.center(_GROUP_WIDTH) for title, _ in _GROUPS).rstrip()
    columns = "|".join(_cells("theirs", "ours", "x") for _ in _GROUPS)
    return f"    |{titles}\n  c |{columns}"


def row(level: Level) -> str:
    """Return the figures of one level: theirs, ours, how many times theirs ours is. A star marks an unstable level."""
    mark = "*" if _unstable_tools(level) else " "
    return f"{level.concurrency:>3}{mark}|" + "|".join(_group(level, getter) for _, getter in _GROUPS)


def described(run: Run) -> str:
    """Return one run in a line, for those who wait."""
    if run.figures is None:
        return f"{run.tool.name} was unstable and gave no figures"
    mark = "" if run.figures.stable else ", unstable"
    return f"{run.tool.name} {run.figures.throughput:.0f} infer/sec, {run.figures.latency_us:.0f} usec{mark}"


def verdict(levels: Sequence[Level], bounds: Bounds) -> str:
    """Return what there is to say of single levels, wrapped at 80 columns, and the conclusion as the last line."""
    notes = (*_unstable_notes(levels), *_limit_notes(levels), *_disagreement_notes(levels, bounds))
    wrapped = [textwrap.fill(note, _WIDTH, subsequent_indent="  ", break_on_hyphens=False) for note in notes]
    return "\n".join([*wrapped, _conclusion(levels, bounds)])


def _group(level: Level, getter: Getter) -> str:
    theirs, ours = (None if figures is None else getter(figures) for figures in (level.theirs, level.ours))
    return _cells(_number(theirs), _number(ours), _ratio(theirs, ours))


def _cells(theirs: str, ours: str, ratio: str) -> str:
    return f"{theirs:>6} {ours:>6} {ratio:>4}"


def _number(value: float | None) -> str:
    return _MISSING if value is None else f"{value:.0f}"


def _ratio(theirs: float | None, ours: float | None) -> str:
    if theirs is None or ours is None or theirs <= 0:
        return _MISSING
    return f"{ours / theirs:.2f}" if ours < 10 * theirs else f"{ours / theirs:.0f}"


def _unstable_notes(levels: Sequence[Level]) -> Iterator[str]:
    for tool in ("perf_analyzer", "loadgen"):
        unstable = [level for level in levels if tool in _unstable_tools(level)]
        if unstable:
            yield f"* {tool} was unstable in at least one run at {_at(unstable)}."


def _unstable_tools(level: Level) -> list[str]:
    tools = {"perf_analyzer": level.theirs, "loadgen": level.ours}
    return [name for name, figures in tools.items() if figures is not None and not figures.stable]


def _limit_notes(levels: Sequence[Level]) -> Iterator[str]:
    limited = [level for level in levels if level.is_client_limited]
    times = [
        f"{level.theirs.server_us:.1f} / {level.ours.server_us:.1f}" for level in limited if level.theirs and level.ours
    ]
    if times:
        yield (
            f"perf_analyzer itself is the limit at {_at(limited)}: more than half of its latency is its own. There the "
            f"server's own queue and compute times decide, usec per request, theirs and ours: {', '.join(times)}."
        )


def _disagreement_notes(levels: Sequence[Level], bounds: Bounds) -> Iterator[str]:
    for level in levels:
        yield from (f"{_at([level])}: {phrase}." for phrase in disagreements(level, bounds))


def _conclusion(levels: Sequence[Level], bounds: Bounds) -> str:
    disagreeing = [level for level in levels if disagreements(level, bounds)]
    missing = [level for level in levels if not level.is_compared]
    if disagreeing:
        return f"perf_analyzer and loadgen disagree at {_at(disagreeing)}."
    if missing:
        return f"Not compared at {_at(missing)}: perf_analyzer was unstable in every run and gave no figures."
    return "perf_analyzer and loadgen agree."


def _at(levels: Sequence[Level]) -> str:
    return f"concurrency {', '.join(str(level.concurrency) for level in levels)}"
