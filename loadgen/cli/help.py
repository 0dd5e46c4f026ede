"""The text of `loadgen --help`, made from the table of options."""

import textwrap
from collections.abc import Iterator

from loadgen.cli.changes import Option
from loadgen.cli.refused import LONG
from loadgen.cli.table import TABLE

_USAGE = """\
loadgen measures throughput and latency of a model on NVIDIA Triton or any
KServe v2 server.

usage:
  loadgen -m MODEL [OPTION...]       measure a model on a running server
  loadgen perf-analyzer -m MODEL [OPTION...]
                                     the same as perf_analyzer does it: over
                                     HTTP unless -i grpc is given, and words
                                     that belong to no option are ignored
  loadgen serve [MODEL_REPOSITORY]   start a Triton server here
  loadgen compare -m MODEL [...]     compare with perf_analyzer
  loadgen sweep -m MODEL [...]       compare configurations of the model
  loadgen report A.json B.json [...] compare runs that were saved with --json
  loadgen VERB --help                say more of a verb

Names and meanings of the options are perf_analyzer's, where nothing else is
said. A long name may be cut short while it stays unambiguous. The command
loadgen-perf-analyzer is loadgen perf-analyzer."""

_EXIT_CODES = """\
exit codes:
  0   measured, or stopped by Ctrl-C, which prints what was measured so far
  2   the first level never became stable; its figures are printed all the same
      (in a binary search that is 0, as in perf_analyzer)
  3   no request ended within a window
  5   a level did not keep to an --assert, be it stable or not
  99  any other error, such as a failed request (see --max-error-rate)
  130 a second Ctrl-C, which leaves at once"""

_EXAMPLE = """\
examples:
  loadgen -m mnist-onnx -u localhost:8500 --concurrency-range 1:8
  loadgen -m mnist-onnx -i http -u localhost:8501 -H "x-team: vision"
  loadgen -m mnist-onnx --request-timeout 500ms --max-error-rate 1%
  loadgen -m mnist-onnx --concurrency-range 1:64 --binary-search -l 20
  loadgen -m mnist-onnx --request-rate-range 500 --request-distribution poisson
  loadgen -m mnist-onnx --assert 'p99<15ms' --assert 'throughput>1000'
  loadgen perf-analyzer -m mnist-onnx -f levels.csv --verbose-csv"""

_WIDTH = 80


def help_text() -> str:
    """Return the whole text."""
    groups = ("\n".join([f"{title}:", *_rows(options)]) for title, options in TABLE.items())
    return "\n\n".join([_USAGE, *groups, _refused(), _EXIT_CODES, _EXAMPLE])


def _refused() -> str:
    names = ", ".join(f"--{name.removesuffix('=')}" for name in sorted(LONG))
    return f"Not taken, and refused with the reason:\n{_filled(names, indent=2)}"


def _rows(options: tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        yield f"  {option.names} {option.value}".rstrip()
        told = f"{option.help}; not in perf_analyzer" if option.is_ours else option.help
        yield _filled(told, indent=8)


def _filled(words: str, *, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(words, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
