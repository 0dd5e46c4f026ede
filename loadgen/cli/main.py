"""The entries of the commands `loadgen` and `loadgen-perf-analyzer`: which verb, and what becomes of its errors."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from loadgen.cli import VERBS
from loadgen.cli.output import drop_unwritten, warn
from loadgen.errors import LoadgenError

_INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
_PIPE_CLOSED = 141  # 128 + SIGPIPE, likewise


def entry() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    _run_process(sys.argv[1:])


def perf_analyzer_entry() -> NoReturn:
    """Run the command line of this process as `loadgen perf-analyzer` does."""
    _run_process(["perf-analyzer", *sys.argv[1:]])


def _run_process(argv: Sequence[str]) -> NoReturn:
    # The threads that numpy's BLAS would start, one for each core, spin for a while before they sleep.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Start-up makes many objects that stay: a tenth of its CPU would go into looking for garbage among them.
    gc.disable()
    # What gRPC has to say of a failed handshake is said in a sentence of ours.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    code = main(argv)
    # All is written and every child stopped. To take the interpreter down as well, module by module, would cost some
    # 40 ms of CPU, which count as this tool's weight.
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `argv` (default: the process's own arguments) and return the exit code (behaviour section 0)."""
    try:
        code = _run_verb(sys.argv[1:] if argv is None else argv)
    except LoadgenError as error:
        warn(f"loadgen: {error}")
        code = error.exit_code
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except BrokenPipeError:  # nobody reads on, as in `loadgen ... | head`
        code = _PIPE_CLOSED
    drop_unwritten()
    return code


def _run_verb(arguments: Sequence[str]) -> int:
    """Run the verb's own `main`. Its module is imported only now, so that no verb pays for the others."""
    is_named = bool(arguments) and arguments[0] in VERBS
    verb, rest = (arguments[0], arguments[1:]) if is_named else ("profile", arguments)
    code: int = import_module(f"loadgen.cli.{verb.replace('-', '_')}").main(rest)
    return code
