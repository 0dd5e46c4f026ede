"""What loadgen wants to reach beside perf_analyzer, h2load and grpc.aio, and whether a run reached it. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from loadgen.compare.judgement import Figures

LOADGEN = "loadgen"
PERF_ANALYZER = "perf_analyzer"
PERF_ANALYZER_ASYNC = "perf_analyzer --async"
H2LOAD_ONE_CONNECTION = "h2load -c 1 -m N"
H2LOAD_MANY_CONNECTIONS = "h2load -c N -m 1"

GRPC_AIO = "grpc.aio"
GRPC_AIO_SPREAD = "grpc.aio, 4 channels"

PLAIN = "mnist-onnx"
CACHED = "mnist-onnx with response cache"
HTTP = "mnist-onnx over HTTP"
IMAGE = "602 kB image"
NULL = "null server"

Rounds = Sequence[Figures | None]
"""The runs of one tool at one level, one per round; None for a run without figures."""

Level = Mapping[str, Rounds]
"""{tool: its rounds}."""

Getter = Callable[[Figures], float | None]

Over = Callable[[Iterable[float]], float]
"""Makes one figure of those at several levels."""


@dataclass(frozen=True)
class Goal:
    """A bound for the ratio of loadgen to the quicker of the modes `others` of another tool that take part.

    The figure is taken at each of `levels`, `over` makes one of them, and the bound is `at_least` or at most.
    """

    figure: str
    contest: str
    getter: Getter
    others: tuple[str, ...]
    levels: tuple[int, ...]
    over: Over
    bound: float
    at_least: bool


@dataclass(frozen=True)
class Row:
    """A goal and what was measured: None where figures of a tool are lacking, and `missing` says which."""

    figure: str
    contest: str
    goal: str
    measured: float | None
    met: bool | None
    missing: str = ""


def row(goal: Goal, levels: Mapping[int, Level]) -> Row:
    """Return what became of a goal; it needs figures of every level that it is about."""
    ratios = {concurrency: _ratio(goal, levels[concurrency]) for concurrency in goal.levels}
    known = [ratio for ratio in ratios.values() if ratio is not None]
    wanted = f"{'>=' if goal.at_least else '<='} {goal.bound:g}"
    if missing := ", ".join(str(concurrency) for concurrency, ratio in ratios.items() if ratio is None):
        program = goal.others[0].split()[0]
        reason = f"no figures of {program} or loadgen at concurrency {missing}"
        return Row(goal.figure, goal.contest, wanted, measured=None, met=None, missing=reason)
    measured = goal.over(known)
    met = measured >= goal.bound if goal.at_least else measured <= goal.bound
    return Row(goal.figure, goal.contest, wanted, measured, met)


def memory_row(growth_mib: float | None, missing: str = "") -> Row:
    """Return what became of the goal for memory; None when it could not be measured, and `missing` says why."""
    met = None if growth_mib is None else growth_mib <= MEMORY_MIB
    figure = "memory after 1 000 000 requests - after 10 000, MiB"
    return Row(figure, NULL, f"<= {MEMORY_MIB:g}", growth_mib, met, missing)


def _ratio(goal: Goal, level: Level) -> float | None:
    """Return the median of the ratios within each round: runs that are neighbours in time met the same machine."""
    modes = [level[name] for name in goal.others if name in level]
    if not modes or not all(any(rounds) for rounds in modes):
        return None  # Nobody knows whether the mode without figures is the quicker one.
    ours, theirs = level.get(LOADGEN, ()), _quickest(modes)
    pairs = [(goal.getter(a), goal.getter(b)) for a, b in zip(ours, theirs, strict=False) if a and b]
    ratios = [a / b for a, b in pairs if a is not None and b]
    return median(ratios) if ratios else None


def _quickest(modes: Sequence[Rounds]) -> Rounds:
    """Return the rounds with the highest median of throughput."""
    return max(modes, key=lambda rounds: median(run.throughput for run in rounds if run))


_PA = (PERF_ANALYZER, PERF_ANALYZER_ASYNC)
_H2LOAD = (H2LOAD_ONE_CONNECTION, H2LOAD_MANY_CONNECTIONS)
_GRPC_AIO = (GRPC_AIO, GRPC_AIO_SPREAD)
_TO_8 = (1, 2, 4, 8)


def _throughput(contest: str, others: tuple[str, ...], levels: tuple[int, ...], bound: float) -> Goal:
    place = f"concurrency {levels[0]}" if len(levels) == 1 else f"worst of concurrency {levels[0]} to {levels[-1]}"
    figure = f"throughput / {others[0].split()[0]}, {place}"
    return Goal(figure, contest, lambda run: run.throughput, others, levels, min, bound, at_least=True)


def _adds(contest: str, bound: float) -> Goal:
    figure = "what the tool adds / what perf_analyzer adds, mean"
    return Goal(figure, contest, lambda run: run.adds_us, _PA, _TO_8, mean, bound, at_least=False)


def _cpu(contest: str, bound: float, levels: tuple[int, ...] = _TO_8) -> Goal:
    figure = "CPU per request of the whole process / perf_analyzer's, mean"
    return Goal(figure, contest, lambda run: run.cpu_us, _PA, levels, mean, bound, at_least=False)


MEMORY_MIB = 20.0

GOALS = (
    _throughput(PLAIN, _PA, _TO_8, 1.0),
    _throughput(PLAIN, _H2LOAD, _TO_8, 0.95),
    _adds(PLAIN, 0.8),
    _cpu(PLAIN, 0.6),
    _throughput(CACHED, _PA, (1,), 1.2),
    _throughput(CACHED, _PA, (4,), 1.8),
    _throughput(CACHED, _PA, (8,), 2.2),
    _throughput(CACHED, _PA, (64,), 2.0),
    _throughput(CACHED, _H2LOAD, (1,), 0.95),
    _throughput(CACHED, _H2LOAD, (2, 4, 8, 64), 0.85),
    _adds(CACHED, 0.8),
    _cpu(CACHED, 0.6),
    _throughput(HTTP, _PA, _TO_8, 1.0),
    _adds(HTTP, 0.9),
    _throughput(IMAGE, _PA, (1, 4), 1.0),
    _cpu(IMAGE, 1.0, (1, 4)),
    _throughput(NULL, _GRPC_AIO, (64,), 10.0),
)
