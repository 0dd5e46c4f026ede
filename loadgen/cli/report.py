"""The verb `loadgen report`: runs saved with `--json`, side by side."""

import argparse
from collections.abc import Sequence
from functools import partial

from loadgen.cli import values
from loadgen.cli.output import warn, write
from loadgen.cli.verb_parser import VerbParser
from loadgen.errors import ConfigError
from loadgen.report.comparison import compared, comparison_text, slower
from loadgen.report.saved import read_run

SLOWER = 1

_DESCRIPTION = """\
Compare runs that were saved with --json, level by level. The first one is what the others are compared with."""

_EPILOGUE = """\
exit codes: 0 compared; 1 a level is slower than --fail-if-slower allows; 99 any error.

example:
  loadgen report main.json branch.json --fail-if-slower 5%"""


def main(argv: Sequence[str]) -> int:
    """Run `loadgen report` with the arguments after the verb, and return its exit code."""
    options = _parser().parse_args(argv)
    if len(options.files) < 2:
        raise ConfigError("give two files or more that loadgen --json has written")
    runs = [read_run(file) for file in options.files]
    groups = compared(runs)
    write(comparison_text(groups))
    if options.fail_if_slower is None:
        return 0
    if not any(one.base for group in groups for one in group):
        raise ConfigError(f"{options.files[0]} has no level in common with the others: nothing can be compared")
    sentences = [f"{run.name}: an error ended the run: {run.error}" for run in runs if run.error]
    sentences += slower(groups, options.fail_if_slower)
    for sentence in sentences:
        warn(f"loadgen: {sentence}")
    return SLOWER if sentences else 0


def _parser() -> VerbParser:
    parser = VerbParser(
        prog="loadgen report",
        usage="loadgen report FILE FILE... [--fail-if-slower PERCENT]",
        description=_DESCRIPTION,
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", nargs="*", help="a document that loadgen --json has written")
    parser.add_argument(
        "--fail-if-slower",
        metavar="PERCENT",
        type=partial(values.share, "--fail-if-slower"),
        help="exit with 1 if the throughput of a level is lower, or its average latency higher, by more than this,"
        " such as 5%%, or if an error ended a run",
    )
    return parser
