"""The verb `loadgen perf-analyzer`, and the command `loadgen-perf-analyzer`: a measurement as perf_analyzer does it.

It is that of `loadgen -m MODEL`. What differs is in `main`: the protocol is HTTP unless another is asked for, a word
that belongs to no option is no error (behaviour section 1.1), and the version is told in perf_analyzer's words.
"""

from collections.abc import Sequence

from loadgen.cli.options import Options
from loadgen.cli.output import warn
from loadgen.cli.parser import parse
from loadgen.cli.profile import measure
from loadgen.version import __version__

RELEASE = "2.51.0"
"""The perf_analyzer whose options and files these are, for scripts that ask whether it is new enough."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code. Raises LoadgenError when nothing at all could be measured."""
    options = parse(arguments, Options(protocol="http"), ignore_stray=True)
    if options.ask == "version":
        warn(f"Perf Analyzer Version {RELEASE} (commit loadgen-{__version__})")  # on standard error: section 0
        return 0
    return measure(options)
