"""The text of `loadgen --help`, made from the table of options."""

import textwrap
from collections.abc import Iterator

from loadgen.cli.options import TABLE, Option

_USAGE = """\
loadgen measures throughput and latency of a model on NVIDIA Triton or any
KServe v2 server.

usage:
  loadgen -m MODEL [OPTION...]       measure a model on a running server
  loadgen serve [MODEL_REPOSITORY]   start a Triton server here
  loadgen compare -m MODEL [...]     compare with perf_analyzer
  loadgen VERB --help                say more of serve or compare

Names and meanings of the options are perf_analyzer's, where nothing else is
said. A long name may be cut short while it stays unambiguous."""

_EXIT_CODES = """\
exit codes:
  0   measured, or stopped by Ctrl-C, which prints what was measured so far
  2   the first level never became stable; its figures are printed all the same
  3   no request ended within a window
  99  any other error, such as a failed request (see --max-error-rate)
  130 a second Ctrl-C, which leaves at once"""

_EXAMPLE = """\
examples:
  loadgen -m mnist-onnx -u localhost:8500 --concurrency-range 1:8
  loadgen -m mnist-onnx -i http -u localhost:8501 -H "x-team: vision"
  loadgen -m mnist-onnx --request-timeout 500ms --max-error-rate 1%"""

_INDENT = 8
_WIDTH = 80


def help_text() -> str:
    """Return the whole text."""
    groups = ("\n".join([f"{title}:", *_rows(options)]) for title, options in TABLE.items())
    return "\n\n".join([_USAGE, *groups, _EXIT_CODES, _EXAMPLE])


def _rows(options: tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        yield f"  {option.names} {option.value}".rstrip()
        indent = " " * _INDENT
        told = f"{option.help}; not in perf_analyzer" if option.is_ours else option.help
        yield textwrap.fill(told, width=_WIDTH, initial_indent=indent, subsequent_indent=indent)
