"""The options that have Triton trace requests (behaviour section 9.6)."""

from loadgen.cli import values
from loadgen.cli.changes import Change, Option, Parse, put
from loadgen.cli.options import Options
from loadgen.errors import ConfigError

_LEVELS = ("OFF", "TIMESTAMPS", "TENSORS")


def _sets(setting: str, parse: Parse) -> Change:
    """Set what Triton calls `setting` to a checked number, which travels as text."""
    return lambda options, name, text: put(options, "trace", {**options.trace, setting: (str(parse(name, text)),)})


def _add_level(options: Options, name: str, text: str) -> Options:
    levels = (*options.trace.get("trace_level", ()), values.one_of(name, text, _LEVELS))
    return put(options, "trace", {**options.trace, "trace_level": levels})


def _count(name: str, text: str) -> int:
    if text == "-1":
        return -1
    try:
        return values.not_negative(name, text)
    except ConfigError as error:
        raise ConfigError(f"{error}, or -1 for no limit") from None


TRACE = (
    Option(
        "--trace-level",
        "OFF|TIMESTAMPS|TENSORS",
        _add_level,
        "what the server writes into its trace file, of all its models, for the time of the run; may be repeated; a"
        " Triton without --trace-config refuses all but OFF (default: as the server is set)",
    ),
    Option(
        "--trace-rate",
        "N",
        _sets("trace_rate", values.positive),
        "trace one of so many requests, at least 1 (default: as the server is set)",
    ),
    Option(
        "--trace-count",
        "N",
        _sets("trace_count", _count),
        "trace so many requests at most, at least 0; -1 is no limit (default: as the server is set)",
    ),
    Option(
        "--log-frequency",
        "N",
        _sets("log_frequency", values.not_negative),
        "begin another trace file after so many traces; 0 is one file (default: as the server is set)",
    ),
)
