"""The options of `loadgen -m MODEL`: one table, read by the parser and by `--help`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from loadgen.cli import values


@dataclass(frozen=True)
class Options:
    """What the user asked for, checked as far as that is possible without a server."""

    model: str = ""
    version: str = ""
    url: str = "localhost:8001"
    batch_size: int = 1
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    concurrencies: tuple[int, ...] = (1,)
    interval_ms: int = 5000
    stability_percentage: float = 10.0
    max_trials: int = 10
    percentile: int | None = None
    verbose: bool = False
    ask: str = ""
    """`help` or `version`: what the user wants to know instead of measuring"""


Change = Callable[[Options, str, str], Options]
"""Takes the options so far, the name of an option as typed, and its value; raises ConfigError naming both."""


@dataclass(frozen=True)
class Option:
    """One row of the table. `value` is its placeholder in the help; an empty one marks a plain switch."""

    names: str
    value: str
    change: Change
    help: str


def _set(field_name: str, parse: Callable[[str, str], Any]) -> Change:
    return lambda options, name, text: replace(options, **{field_name: parse(name, text)})


def _add_shape(options: Options, name: str, text: str) -> Options:
    return replace(options, shapes={**options.shapes, **values.shape(name, text)})


def _check_protocol(options: Options, name: str, text: str) -> Options:
    values.protocol(name, text)
    return options


def _switch(**fields: Any) -> Change:  # noqa: ANN401 - fields of Options
    return lambda options, _name, _text: replace(options, **fields)


TABLE: dict[str, tuple[Option, ...]] = {
    "Target": (
        Option("-m", "MODEL", _set("model", values.text), "name of the model; required"),
        Option("-x", "VERSION", _set("version", values.text), "version of the model (default: the server chooses)"),
        Option("-u", "HOST:PORT", _set("url", values.host_and_port), "gRPC endpoint (default: localhost:8001)"),
        Option("-i", "PROTOCOL", _check_protocol, "grpc; http is not there yet (default: grpc)"),
    ),
    "Load": (
        Option(
            "--concurrency-range",
            "START[:END[:STEP]]",
            _set("concurrencies", values.concurrency_range),
            "requests in flight, one level after the other; at least 1 (default: 1, a single level)",
        ),
        Option(
            "-b",
            "N",
            _set("batch_size", values.positive),
            "inferences in each request; from 1 to the model's max_batch_size (default: 1)",
        ),
        Option(
            "--shape",
            "INPUT:D,D,...",
            _add_shape,
            "shape of an input that has dynamic dimensions, without the batch dimension; may be repeated",
        ),
    ),
    "Measurement": (
        Option(
            "-p, --measurement-interval",
            "MSEC",
            _set("interval_ms", values.positive),
            "milliseconds, at least 1; a window lasts 1.2 times as long, as it does in perf_analyzer (default: 5000)",
        ),
        Option(
            "-s, --stability-percentage",
            "PERCENT",
            _set("stability_percentage", values.percentage),
            "a level is stable when neither throughput nor latency differs by more than this between its last"
            " three windows; at least 0 (default: 10)",
        ),
        Option(
            "-r, --max-trials",
            "N",
            _set("max_trials", values.positive),
            "windows at most for each level; at least 1, and fewer than 3 are never stable (default: 10)",
        ),
        Option(
            "--percentile",
            "P",
            _set("percentile", values.percentile),
            "the latency that has to be stable and is reported: a percentile from 1 to 99, or -1 for the average"
            " (default: -1)",
        ),
    ),
    "Output": (
        Option("-v", "", _switch(verbose=True), "print a line for each window"),
        Option("-h, --help", "", _switch(ask="help"), "print this text"),
        Option("--version", "", _switch(ask="version"), "print the version"),
    ),
}
