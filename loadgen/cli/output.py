"""Writing to the terminal, a pipe or a file: results on stdout, everything else on stderr."""

import os
import sys

from loadgen.errors import LoadgenError


def write(lines: str) -> None:
    """Print to stdout, at once, so that a script at the other end of a pipe sees each level when it is finished.

    Raises BrokenPipeError when nobody reads any more, and LoadgenError when it cannot be written (a full disk).
    """
    try:
        print(lines, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise LoadgenError(f"cannot write to the standard output: {error.strerror}") from error


def warn(line: str) -> None:
    """Print to stderr."""
    print(line, file=sys.stderr, flush=True)


def drop_unwritten() -> None:
    """Forget what could not be written: Python would try, and complain, once more when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
