"""The default verb: `loadgen -m MODEL` measures a model on a running server."""

from collections.abc import Sequence

from loadgen.cli.file_limit import raise_file_limit
from loadgen.cli.help import help_text
from loadgen.cli.options import Options
from loadgen.cli.output import warn, write
from loadgen.cli.parser import parse
from loadgen.version import __version__


def main(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code. Raises LoadgenError when nothing at all could be measured."""
    options = parse(arguments)
    if options.ask == "version":
        write(f"loadgen {__version__}")
        return 0
    return measure(options)


def measure(options: Options) -> int:
    """Measure what the options ask for, or print the help if it is that; return the exit code, raise as `main`."""
    if options.ask == "help":
        write(help_text())
        return 0
    for note in options.notes:
        warn(f"loadgen: {note}")
    raise_file_limit()
    from loadgen.cli.session import run  # noqa: PLC0415 - brings numpy and grpc, too slow for a wrong option

    return run(options)
