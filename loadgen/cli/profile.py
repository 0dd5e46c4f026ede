"""The default verb: `loadgen -m MODEL` measures a model on a running server."""

from collections.abc import Sequence

from loadgen.cli.file_limit import raise_file_limit
from loadgen.cli.help import help_text
from loadgen.cli.output import write
from loadgen.cli.parser import parse
from loadgen.version import __version__


def main(arguments: Sequence[str]) -> int:
    """Run the verb and return its exit code. Raises LoadgenError when nothing at all could be measured."""
    options = parse(arguments)
    if options.ask:
        write(help_text() if options.ask == "help" else f"loadgen {__version__}")
        return 0
    raise_file_limit()
    from loadgen.cli.session import run  # noqa: PLC0415 - brings numpy and grpc, too slow for a wrong option

    return run(options)
