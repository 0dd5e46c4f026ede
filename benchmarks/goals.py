"""What loadgen wants to reach beside perf_analyzer and h2load, and whether a run reached it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from loadgen.compare.judgement import Figures

LOADGEN = "loadgen"
PERF_ANALYZER = "perf_analyzer"
PERF_ANALYZER_ASYNC = "perf_analyzer --async"
H2LOAD_ONE_CONNECTION = "h2load -c 1 -m N"
H2LOAD_MANY_CONNECTIONS = "h2load -c N -m 1"

PLAIN = "mnist-onnx"
CACHED = "mnist-onnx with response cache"

Rounds = Sequence[Figures | None]
"""The runs of one tool at one level, one per round; None for a run without figures."""

Level = Mapping[str, Rounds]
"""{tool: its rounds}."""

Getter = Callable[[Figures], float | None]


@dataclass(frozen=True)
class Goal:
    """A bound for the ratio of loadgen to the quicker of the modes `others` of another tool.

    `over_levels` says what of the ratios at all levels counts; the bound is `at_least` or at most.
    """

    figure: str
    model: str
    getter: Getter
    others: tuple[str, ...]
    over_levels: Callable[[Mapping[int, float]], float]
    bound: float
    at_least: bool


@dataclass(frozen=True)
class Row:
    """A goal and what was measured: None where a level lacks the figures of a tool, and `missing` says which."""

    figure: str
    model: str
    goal: str
    measured: float | None
    met: bool | None
    missing: str = ""


def row(goal: Goal, levels: Mapping[int, Level]) -> Row:
    """Return what became of a goal; it needs figures of every level."""
    ratios = {concurrency: _ratio(goal, level) for concurrency, level in levels.items()}
    known = {concurrency: ratio for concurrency, ratio in ratios.items() if ratio is not None}
    wanted = f"{'>=' if goal.at_least else '<='} {goal.bound:g}"
    if missing := ", ".join(str(concurrency) for concurrency in ratios if concurrency not in known):
        program = goal.others[0].split()[0]
        reason = f"no figures of {program} or loadgen at concurrency {missing}"
        return Row(goal.figure, goal.model, wanted, measured=None, met=None, missing=reason)
    measured = goal.over_levels(known)
    met = measured >= goal.bound if goal.at_least else measured <= goal.bound
    return Row(goal.figure, goal.model, wanted, measured, met)


def _ratio(goal: Goal, level: Level) -> float | None:
    """Return the median of the ratios within each round: runs that are neighbours in time met the same machine."""
    ours, theirs = level[LOADGEN], _quickest([level.get(name, ()) for name in goal.others])
    pairs = [(goal.getter(a), goal.getter(b)) for a, b in zip(ours, theirs, strict=False) if a and b]
    ratios = [a / b for a, b in pairs if a is not None and b]
    return median(ratios) if ratios else None


def _quickest(modes: Sequence[Rounds]) -> Rounds:
    """Return the rounds with the highest median of throughput."""
    return max(modes, key=lambda rounds: median([run.throughput for run in rounds if run] or [0]))


def _throughput(figures: Figures) -> float:
    return figures.throughput


def _adds(figures: Figures) -> float | None:
    return figures.adds_us


def _cpu(figures: Figures) -> float:
    return figures.cpu_us


def _worst(ratios: Mapping[int, float]) -> float:
    return min(ratios.values())


def _mean(ratios: Mapping[int, float]) -> float:
    return mean(ratios.values())


def _at(concurrency: int) -> Callable[[Mapping[int, float]], float]:
    return lambda ratios: ratios[concurrency]


_PA = (PERF_ANALYZER, PERF_ANALYZER_ASYNC)
_H2LOAD = (H2LOAD_ONE_CONNECTION, H2LOAD_MANY_CONNECTIONS)
_ADDS = "what the tool adds / what perf_analyzer adds, mean"
_CPU = "CPU per request of the whole process / perf_analyzer's, mean"

GOALS = (
    Goal("throughput / perf_analyzer, worst level", PLAIN, _throughput, _PA, _worst, 1.0, at_least=True),
    Goal("throughput / perf_analyzer, concurrency 1", CACHED, _throughput, _PA, _at(1), 1.15, at_least=True),
    Goal("throughput / perf_analyzer, concurrency 8", CACHED, _throughput, _PA, _at(8), 2.0, at_least=True),
    Goal(_ADDS, PLAIN, _adds, _PA, _mean, 0.8, at_least=False),
    Goal(_ADDS, CACHED, _adds, _PA, _mean, 0.8, at_least=False),
    Goal(_CPU, PLAIN, _cpu, _PA, _mean, 0.6, at_least=False),
    Goal(_CPU, CACHED, _cpu, _PA, _mean, 0.6, at_least=False),
    Goal("throughput / h2load, worst level", PLAIN, _throughput, _H2LOAD, _worst, 0.95, at_least=True),
    Goal("throughput / h2load, worst level", CACHED, _throughput, _H2LOAD, _worst, 0.85, at_least=True),
)
