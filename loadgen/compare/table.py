"""The comparison as text: one row per level, and the verdict below. Pure.

The text is the same on a terminal and in a pipe; rows fit into 80 columns.
"""

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
_MISSING = "n/a"


def heading() -> str:
    """Return the two lines above the rows."""
    titles = "|".join(title.center(_GROUP_WIDTH) for title, _ in _GROUPS)
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
    """Return a line for each level of which there is something to say, and the conclusion as the last line."""
    notes = [f"concurrency {level.concurrency}: {note}" for level in levels for note in _notes(level, bounds)]
    return "\n".join([*notes, _conclusion(levels, bounds)])


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


def _notes(level: Level, bounds: Bounds) -> Iterator[str]:
    if unstable := _unstable_tools(level):
        yield f"* {' and '.join(unstable)} unstable in at least one run"
    if level.theirs is None or level.ours is None:
        yield "NOT COMPARED, one tool was unstable in every run and gave no figures"
    elif level.is_client_limited:
        times = f"{level.theirs.server_us:.1f} usec/request for perf_analyzer, {level.ours.server_us:.1f} for loadgen"
        yield f"perf_analyzer itself is the limit; the server's queue and compute times decide: {times}"
    yield from (f"DISAGREE, {phrase}" for phrase in disagreements(level, bounds))


def _unstable_tools(level: Level) -> list[str]:
    tools = {"perf_analyzer": level.theirs, "loadgen": level.ours}
    return [name for name, figures in tools.items() if figures is not None and not figures.stable]


def _conclusion(levels: Sequence[Level], bounds: Bounds) -> str:
    disagreeing = [str(level.concurrency) for level in levels if disagreements(level, bounds)]
    missing = [str(level.concurrency) for level in levels if not level.is_compared]
    if disagreeing:
        return f"perf_analyzer and loadgen disagree at concurrency {', '.join(disagreeing)}."
    if missing:
        return f"perf_analyzer and loadgen could not be compared at concurrency {', '.join(missing)}."
    return "perf_analyzer and loadgen agree."
