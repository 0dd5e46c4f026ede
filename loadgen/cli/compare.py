"""The verb `loadgen compare`: perf_analyzer and loadgen in turn on one running server, and whether they agree."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from loadgen.cli import values
from loadgen.cli.options import Options
from loadgen.cli.parser import parse
from loadgen.compare.judgement import Bounds, Level, disagreements
from loadgen.compare.runs import Counters, Plan, Run, level_of, runs_at, warm_up
from loadgen.compare.table import heading, row, verdict
from loadgen.compare.tools import loadgen, perf_analyzer
from loadgen.errors import ConfigError, ServerError
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.triton.control import ControlPlane

AGREE = 0
DISAGREE = 1
NOT_COMPARED = 2
"""perf_analyzer gave no figures at a level, because it was unstable; nothing disagrees elsewhere."""

_DESCRIPTION = """\
Run NVIDIA's perf_analyzer and loadgen in turn on the same running server with the same arguments, level by level and
repeated, print the medians side by side, and judge whether they agree.

All options of a measurement are taken and given to both tools: -m, -x, -u, -b, --shape, --concurrency-range, -p, -s, -r
(see loadgen --help). Besides:"""

_EPILOGUE = """\
exit codes: 0 the tools agree; 1 they disagree; 2 perf_analyzer was unstable at a level and gave no figures; 99 any error.
Where perf_analyzer itself is the limit (more than half of its latency is its own), the server's own queue and compute
times per request are judged instead of throughput and latency."""


class _Parser(argparse.ArgumentParser):
    """argparse would exit with 2, which means "unstable" here."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def main(argv: Sequence[str]) -> int:
    """Run `loadgen compare` with the arguments after the verb, and return its exit code."""
    own, measurement = _parser().parse_known_args(argv)
    options = parse(measurement)
    plan = Plan(perf_analyzer(own.perf_analyzer), loadgen(), _arguments(options), own.repeat)
    bounds = Bounds(own.min_throughput_ratio, own.max_throughput_ratio, own.max_latency_ratio)
    target = Target(options.url, options.model, options.version)
    with _interrupted_by_sigterm(), ControlPlane(target) as control:
        levels = _measure(plan, options.concurrencies, lambda: _counters(control, target))
    print(verdict(levels, bounds))
    return _exit_code(levels, bounds)


def _parser() -> _Parser:
    parser = _Parser(
        prog="loadgen compare",
        description=_DESCRIPTION,
        epilog=_EPILOGUE,
        usage="loadgen compare -m MODEL [OPTION...]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    repeat = _named("--repeat", values.positive)
    parser.add_argument("--repeat", metavar="N", type=repeat, default=3, help="runs of each tool at each level (default: 3)")
    parser.add_argument("--perf-analyzer", metavar="PATH", help="NVIDIA's tool (default: the one on PATH, or beside Python)")
    defaults = Bounds()
    for name, help_text in (
        ("min_throughput_ratio", "least throughput of loadgen, in times perf_analyzer's"),
        ("max_throughput_ratio", "most throughput of loadgen, in times perf_analyzer's"),
        ("max_latency_ratio", "most average latency of loadgen, in times perf_analyzer's"),
    ):
        default = getattr(defaults, name)
        option = f"--{name.replace('_', '-')}"
        kind = _named(option, values.percentage)
        parser.add_argument(option, metavar="X", type=kind, default=default, help=f"{help_text} (default: {default:g})")
    return parser
