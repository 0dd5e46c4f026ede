"""The verb `loadgen compare`: perf_analyzer and loadgen in turn on one running server, and whether they agree."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from loadgen.cli import values
from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.parser import parse
from loadgen.cli.table import OPTIONS
from loadgen.cli.verb_parser import VerbParser
from loadgen.compare.judgement import Bounds, Level, disagreements
from loadgen.compare.runs import Counters, Plan, Run, level_of, runs_at, warm_up
from loadgen.compare.table import described, heading, row, verdict
from loadgen.compare.tools import loadgen, perf_analyzer
from loadgen.errors import ConfigError, ServerError
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.triton.control import ControlPlane, control_plane
from loadgen.version import __version__

AGREE = 0
DISAGREE = 1
NOT_COMPARED = 2
"""perf_analyzer gave no figures at a level, because it was unstable; nothing disagrees elsewhere."""

_NAMED_ANYWAY = ("-u", "-i", "-m", "--concurrency-range", "-t", "-c", "-d")
"""What is not passed on as typed: both tools get url, protocol and model by name, and one level at a time."""

_SENSELESS = {
    **dict.fromkeys(("--binary-search", "-l", "--latency-threshold"), "compare visits all levels of a range"),
    "--percentile": "compare judges averages",
    "--request-count": "perf_analyzer's throughput is not that of the requests then",
    **dict.fromkeys(("-f", "--verbose-csv", "--profile-export-file"), "compare writes no files"),
    **dict.fromkeys(
        (
            "--request-rate-range",
            "--request-distribution",
            "--request-intervals",
            "--periodic-concurrency-range",
            "--fixed-schedule",
        ),
        "compare visits concurrencies",
    ),
    "-v": "compare prints no windows",
}
"""The options of a measurement that have no meaning here, each with the reason."""

_DESCRIPTION = """\
Run NVIDIA's perf_analyzer and loadgen in turn on the same running server with the same arguments, level by level and
repeated, print the medians side by side, and judge whether they agree.

All options of a measurement that perf_analyzer has, too, are taken and given to both tools (see loadgen --help), but
for those of searches, percentiles and files. Besides:"""

_EPILOGUE = """\
exit codes: 0 the tools agree; 1 they disagree; 2 perf_analyzer was unstable and gave no figures; 99 any error.
Where perf_analyzer itself is the limit (more than half of its latency is its own), the server's own queue and compute
times per request are judged instead of throughput and latency."""


def main(argv: Sequence[str]) -> int:
    """Run `loadgen compare` with the arguments after the verb, and return its exit code."""
    own, measurement = _parser().parse_known_args(argv)
    options = parse(measurement)
    if options.ask:
        raise ConfigError(f"--{options.ask}: ask loadgen itself, without the verb")
    for note in options.notes:
        warn(f"loadgen: {note}")
    if options.mix is not None:
        raise ConfigError(f"-m {options.model}: compare measures one model, and there are several: {options.mix}")
    plan = Plan(perf_analyzer(own.perf_analyzer), loadgen(), _arguments(options), own.repeat)
    bounds = Bounds(own.min_throughput_ratio, own.max_throughput_ratio, own.max_latency_ratio)
    with _sigterm_as_interrupt(), control_plane(options.target) as control:
        control.describe()  # says what is wrong with the server or the model
        levels = _measure(plan, options.levels.numbers, lambda: _counters(control, options))
    print(verdict(levels, bounds))
    return _exit_code(levels, bounds)


def _parser() -> VerbParser:
    parser = VerbParser(
        prog="loadgen compare",
        usage="loadgen compare -m MODEL [OPTION...]",
        description=_DESCRIPTION,
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add(parser, "--repeat", values.positive, 3, "runs of each tool at each level")
    _add(parser, "--perf-analyzer", values.text, None, "NVIDIA's tool (default: the one on PATH or beside Python)")
    least, most, slowest = Bounds.min_throughput_ratio, Bounds.max_throughput_ratio, Bounds.max_latency_ratio
    _add(parser, "--min-throughput-ratio", values.percentage, least, "least throughput, in times perf_analyzer's")
    _add(parser, "--max-throughput-ratio", values.percentage, most, "most throughput, in times perf_analyzer's")
    _add(parser, "--max-latency-ratio", values.percentage, slowest, "most latency, in times perf_analyzer's")
    return parser


def _add(parser: VerbParser, name: str, kind: Callable[[str, str], Any], default: float | None, text: str) -> None:
    shown = text if default is None else f"{text} (default: {default:g})"
    metavar = "PATH" if default is None else "N"
    parser.add_argument(name, metavar=metavar, type=partial(kind, name), default=default, help=shown)


def _arguments(options: Options) -> tuple[str, ...]:
    """Return the measurement as both tools take it, without the concurrency.

    It is what was typed; but url and protocol are always named, for each tool has defaults of its own, and so is the
    model, without a weight.
    Raises ConfigError for an option of a measurement that has no meaning here.
    """
    for name, value in options.given:
        reason = "perf_analyzer has no such option" if OPTIONS[name].is_ours else _SENSELESS.get(name)
        if reason is not None:
            raise ConfigError(f"{name} {value}".rstrip() + f": {reason}, leave it out")
    typed = [word for pair in options.given if pair[0] not in _NAMED_ANYWAY for word in pair]
    named = ("-u", options.target.url, "-i", options.protocol, "-m", options.model)
    return (*named, *filter(None, typed))  # a switch has no value


def _measure(plan: Plan, concurrencies: Sequence[int], counters: Counters) -> list[Level]:
    """Measure level by level and print a row for each as it ends."""
    warm_up(plan, max(concurrencies))
    print(f"theirs: {plan.theirs.command[0]}\nours:   loadgen {__version__}\n{heading()}", flush=True)
    levels = []
    for concurrency in concurrencies:
        levels.append(level_of(concurrency, _followed(runs_at(concurrency, plan, counters), concurrency), plan))
        print(row(levels[-1]), flush=True)
    return levels


def _followed(runs: Iterator[Run], concurrency: int) -> list[Run]:
    """Return the runs, and say on standard error what each has measured: a comparison takes minutes."""
    seen = []
    for run in runs:
        seen.append(run)
        print(f"concurrency {concurrency}, run {len(seen)}: {described(run)}", file=sys.stderr)
    return seen


def _counters(control: ControlPlane, options: Options) -> ServerStatistics:
    counters = control.statistics()
    if counters is None:
        raise ServerError(
            f"the server at {options.target.url} keeps no statistics, by which compare counts the requests of a tool"
        )
    return counters


def _exit_code(levels: Sequence[Level], bounds: Bounds) -> int:
    if any(disagreements(level, bounds) for level in levels):
        return DISAGREE
    return AGREE if all(level.is_compared for level in levels) else NOT_COMPARED


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the running tool in good order, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
