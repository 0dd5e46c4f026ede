"""The options of `loadgen sweep` beside those of a measurement."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from loadgen.cli import values
from loadgen.cli.options import Options
from loadgen.cli.parser import parse
from loadgen.cli.verb_parser import VerbParser
from loadgen.errors import ConfigError
from loadgen.study.axes import Axis, Value, path_of
from loadgen.study.checks import check
from loadgen.study.objective import FIGURES, Objective
from loadgen.study.schedule import Study
from loadgen.study.words import LANGUAGES

_SENSELESS = {
    "--binary-search": "sweep visits all levels of a range",
    **dict.fromkeys(("--request-count", "--periodic-concurrency-range"), "sweep measures in windows"),
    **dict.fromkeys(
        ("-f", "--verbose-csv", "--json", "--profile-export-file"), "sweep writes its own files (--output)"
    ),
    "-v": "sweep prints no windows",
    "--assert": "the limits of a sweep are those of --subject-to",
}
"""The options of a measurement that have no meaning here, each with the reason."""

_DESCRIPTION = """\
Study the configuration of a model: load it with one configuration after the
other, measure each at all levels, rank them, and load the original one again.
The server must be a Triton with --model-control-mode=explicit.

All options of a measurement are taken but those of files and searches (see
loadgen --help). Besides:"""

_EPILOG = """\
Each value of an axis is one configuration with --one-at-a-time; else it is each
combination of them. The original configuration is measured first, after every
fourth other one, and last. Differences that the noise explains are called ties.
Ctrl-C ends a study after the requests in flight; the same command with --resume
goes on where it ended.

examples:
  loadgen sweep --serve model_repository -m mnist-onnx \\
      --instance-count 4,2,1 --concurrency-range 1:8 -p 500
  loadgen sweep -m resnet -u gpu1:8001 --max-queue-delay 0,100,500 \\
      --set optimization.graph.level=-1,1"""

_AXES = {
    "instance-count": "count of each instance group, at least 1",
    "max-batch-size": "max_batch_size, at least 0; preferred sizes above it are dropped",
    "dynamic-batching": "on, off or both",
    "preferred-batch-size": "preferred_batch_size of dynamic batching: each value is tried alone",
    "max-queue-delay": "max_queue_delay_microseconds of dynamic batching, at least 0",
}
"""What the help says of each axis that has a name."""

_AT_LEAST_ONE = ("instance-count", "preferred-batch-size")


@dataclass(frozen=True)
class SweepOptions:
    """What the user asked for: the study, how each configuration is measured, and where the results go.

    With a `model_repository` the embedded server serves it, instead of one at a url.
    """

    study: Study
    measurement: Options
    model_repository: str | None
    output: Path
    language: str
    resume: bool


def parse_sweep(argv: Sequence[str]) -> SweepOptions:
    """Return what the arguments after the verb say. Raises ConfigError for the first that cannot be used."""
    own, rest = _parser().parse_known_args(argv)
    measurement = parse(rest)
    _check(own, measurement)
    objective = Objective(own.minimize or own.maximize, tuple(own.subject_to))
    study = Study(tuple(own.axes), own.one_at_a_time, own.repeats, objective, own.search)
    check(study, measurement.percentile)
    output = own.output or Path(f"sweep-{measurement.model}")
    return SweepOptions(study, measurement, own.serve, output, own.language, own.resume)


def _check(own: argparse.Namespace, measurement: Options) -> None:
    if measurement.ask:
        raise ConfigError(f"--{measurement.ask}: ask loadgen itself, without the verb")
    for name, value in measurement.given:
        if name in _SENSELESS:
            raise ConfigError(f"{name} {value}".rstrip() + f": {_SENSELESS[name]}, leave it out")
    if measurement.mix is not None:
        raise ConfigError(f"-m {measurement.model}: a sweep is of one model, and there are several: {measurement.mix}")
    if own.serve is not None and measurement.url:
        raise ConfigError(f"-u {measurement.url}: --serve starts a server of its own, give one of the two")
    if measurement.is_open_loop:
        raise ConfigError("a sweep keeps requests in flight: give --concurrency-range, and no rate, intervals or shape")
    if not measurement.levels.is_single and measurement.levels.limit is None:
        raise ConfigError(f"--concurrency-range {measurement.levels}: a sweep needs a range with an end")


def _parser() -> VerbParser:
    parser = VerbParser(
        prog="loadgen sweep",
        usage="loadgen sweep -m MODEL [-u URL | --serve FOLDER] AXIS... [OPTION...]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_axes(parser.add_argument_group("axes, with the values to try, separated by commas"))
    _add_way(parser.add_argument_group("the study"))
    return parser


def _add_axes(group: argparse._ArgumentGroup) -> None:
    add = partial(group.add_argument, action="append", dest="axes", default=[])
    for name, text in _AXES.items():
        add(f"--{name}", metavar="V,V,...", type=partial(_axis, name), help=text)
    text = "any field of config.pbtxt, such as instance_group.0.count=1,2; the values are JSON, or words"
    add("--set", metavar="PATH=V,V,...", type=_path_axis, help=text)


def _add_way(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--serve", metavar="FOLDER", help="start the embedded server on this model repository")
    way = group.add_mutually_exclusive_group()
    way.add_argument(
        "--one-at-a-time",
        action="store_true",
        help="one axis after the other, each from the best configuration so far (default: every combination)",
    )
    way.add_argument(
        "--search",
        metavar="N",
        type=partial(values.positive, "--search"),
        help="N of the combinations, which Optuna chooses from the figures so far; needs the extra loadgen[search]",
    )
    goal = group.add_mutually_exclusive_group()
    goal.add_argument("--maximize", choices=FIGURES[:1], default=FIGURES[0], help="what is best (default: throughput)")
    goal.add_argument("--minimize", choices=FIGURES[1:], help="or the lowest latency, at whichever level it is")
    group.add_argument(
        "--subject-to",
        metavar="LIMIT",
        type=partial(values.threshold, "--subject-to"),
        action="append",
        default=[],
        help="what a level has to keep to, such as 'p99<5ms', 'throughput>1000' or 'errors<1%%'; may be repeated",
    )
    group.add_argument(
        "--repeats",
        metavar="N",
        type=partial(values.not_negative, "--repeats"),
        default=Study.repeats,
        help="more runs at most, to tell the best two apart (default: %(default)s)",
    )
    group.add_argument(
        "--output", metavar="DIR", type=Path, help="folder of the journal and the report (default: sweep-MODEL)"
    )
    group.add_argument(
        "--language", choices=tuple(LANGUAGES), default="en", help="language of the report (default: %(default)s)"
    )
    group.add_argument("--resume", action="store_true", help="go on with the study in that folder")


def _axis(name: str, text: str) -> Axis:
    return _made(name, [_value(name, part) for part in text.split(",")], f"--{name} {text}")


def _path_axis(text: str) -> Axis:
    path, equals, given = text.partition("=")
    if not equals:
        raise ConfigError(f"--set {text}: give PATH=VALUE,VALUE,...")
    path_of(path)
    return _made(path, _split(given), f"--set {text}")


def _made(name: str, given: Sequence[Value], typed: str) -> Axis:
    try:
        return Axis(name, tuple(given))
    except ConfigError as error:
        raise ConfigError(f"{typed}: {error}") from None


def _value(name: str, text: str) -> Value:
    option = f"--{name}"
    if name == "dynamic-batching":
        return values.one_of(option, text, ("on", "off"))
    return values.positive(option, text) if name in _AT_LEAST_ONE else values.not_negative(option, text)


def _split(text: str) -> list[str]:
    """Split at commas that are not inside brackets: `[4,8],[16]` are two values."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
