"""Texts of the command line become values, or a ConfigError that names the option and the text.

perf_analyzer reads `1x` as 1 and `-1` as 2**64 - 1; here they are refused.
"""

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from loadgen.cli.level_range import LevelRange
from loadgen.errors import ConfigError
from loadgen.load.endpoint import http_endpoint
from loadgen.load.mix import MOST_WEIGHT
from loadgen.load.modes import LoadShape, PeriodicConcurrency, Replay
from loadgen.load.sequence_options import USUAL_ID_COUNT
from loadgen.measure.failures import ErrorLimit
from loadgen.measure.threshold import Threshold
from loadgen.measure.threshold import condition as parsed_condition
from loadgen.measure.threshold import threshold as parsed_threshold
from loadgen.units import NS_PER_S, NS_PER_US

_MOST = 10**9
_MOST_ID = 2**62
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s)", re.ASCII)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)%", re.ASCII)


def text(name: str, value: str) -> str:
    """Return `value`, which must not be empty."""
    if not value:
        raise ConfigError(f"{name}: the value is empty")
    return value


def weighted_model(name: str, value: str) -> tuple[str, int]:
    """Return (name, weight) of `NAME[:WEIGHT]`, split at the last colon: a name that has one needs a weight, too."""
    if ":" not in text(name, value):
        return value, 1
    model, _, weight = value.rpartition(":")
    if not model:
        raise ConfigError(f"{name} {value}: the name of the model is empty")
    if not _is_whole(weight) or not 1 <= int(weight) <= MOST_WEIGHT:
        advice = "" if _is_whole(weight) else f", or one behind a name that has a colon: {value}:1"
        raise ConfigError(f'{name} {value}: give a weight from 1 to {MOST_WEIGHT} in place of "{weight}"{advice}')
    return model, int(weight)


def metrics_url(name: str, value: str) -> str:
    """Return the url of an HTTP endpoint."""
    http_endpoint(value, option=name)
    return value


def positive(name: str, value: str) -> int:
    """Return a whole number from 1."""
    return _whole(name, value, value, least=1)


def not_negative(name: str, value: str) -> int:
    """Return a whole number from 0."""
    return _whole(name, value, value, least=0)


def count_or_none(name: str, value: str) -> int | None:
    """Return a whole number from 1, or None for 0."""
    return not_negative(name, value) or None


def percentage(name: str, value: str) -> float:
    """Return a number from 0, as in `10` or `2.5`."""
    return _number(name, value, value)


def hundredths(name: str, value: str) -> float:
    """Return the share of a number of hundredths: 0.2 for `20`."""
    return percentage(name, value) / 100


def sequence_ids(name: str, value: str) -> range:
    """Return the ids of `START[:END]`, the END left out (behaviour section 9.1)."""
    first, *end = value.split(":")
    start = _whole(name, value, first, least=1, most=_MOST_ID)
    if not end:
        return range(start, start + USUAL_ID_COUNT)
    if len(end) > 1:
        raise ConfigError(f"{name} {value}: give START or START:END")
    return range(start, _whole(name, value, end[0], least=start + 1, most=_MOST_ID))


def percentile(name: str, value: str) -> int | None:
    """Return a percentile from 1 to 99, or None for -1, the average."""
    if value == "-1":
        return None
    if not _is_whole(value) or not 1 <= int(value) <= 99:
        raise ConfigError(f"{name} {value}: give a whole number from 1 to 99, or -1 for the average")
    return int(value)


def one_of(name: str, value: str, allowed: Sequence[str], *, any_case: bool = False) -> str:
    """Return the allowed word that `value` is, letter for letter or in any case."""
    word = value.lower() if any_case else value
    if word not in allowed:
        raise ConfigError(f"{name} {value}: give {' or '.join(allowed)}")
    return word


def file(name: str, value: str) -> str:
    """Return the path of a file that exists."""
    if not Path(value).is_file():
        raise ConfigError(f"{name} {value}: there is no such file")
    return value


def new_file(name: str, value: str) -> str:
    """Return the path of a file that does not exist yet."""
    if Path(text(name, value)).exists():
        raise ConfigError(f"{name} {value}: this is there already")
    return value


def header(name: str, value: str) -> tuple[str, str]:
    """Return (name, value) of `Name: value`, split at the first colon, without the blanks around them.

    perf_analyzer keeps the blank in front of the value, which no HTTP parser does (behaviour section 12).
    """
    field, colon, content = value.partition(":")
    if not (field.strip() and colon):
        raise ConfigError(f'{name} {value}: give NAME:VALUE, such as "authorization: Bearer abc"')
    return field.strip(), content.strip()


def seconds(name: str, value: str) -> float:
    """Return the seconds of `500ms` or `2.5s`; a number without a unit would mean either to somebody."""
    match = _DURATION.fullmatch(value)
    if match is None or not float(match[1]):
        raise ConfigError(f"{name} {value}: give a time above 0 with its unit, such as 500ms or 2.5s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def share(name: str, value: str) -> float:
    """Return the share of `5%`: 0.05."""
    match = _SHARE.fullmatch(value)
    if match is None:
        raise ConfigError(f"{name} {value}: give a percentage such as 5%")
    return float(Decimal(match[1]) / 100)


def error_limit(name: str, value: str) -> ErrorLimit:
    """Return the limit of `1%`, a share of the requests, or `100`, a count."""
    if _is_whole(value):
        return ErrorLimit(count=_whole(name, value, value, least=0))
    match = _SHARE.fullmatch(value)
    if match is None or Decimal(match[1]) > 100:
        raise ConfigError(f"{name} {value}: give a share of the requests such as 1%, or a count such as 100")
    return ErrorLimit(rate=float(Decimal(match[1]) / 100))


def threshold(name: str, value: str) -> Threshold:
    """Return the threshold of `p99<15ms`."""
    return _named(name, parsed_threshold, value)


def condition(name: str, value: str) -> Threshold:
    """Return what a search for the highest level wants to hold: a figure below a limit."""
    return _named(name, parsed_condition, value)


def _named(name: str, parsed: Callable[[str], Threshold], value: str) -> Threshold:
    try:
        return parsed(value)
    except ConfigError as error:
        raise ConfigError(f"{name} {error}") from None


def rate(name: str, value: str) -> float:
    """Return a number above 0."""
    number = _number(name, value, value)
    if not number:
        raise ConfigError(f"{name} {value}: give a number above 0")
    return number


def rate_range(name: str, value: str) -> LevelRange:
    """Return the rates of `START[:END[:STEP]]`; whether there are any is another question."""
    parts = value.split(":")
    if len(parts) > 3:
        raise ConfigError(f"{name} {value}: give START, START:END or START:END:STEP")
    return LevelRange(*(_number(name, value, part) for part in parts), option=name)


def load_shape(name: str, value: str) -> LoadShape | Replay:
    """Return the load of phases, or of the instants in a file after the word `replay`."""
    word, _, path = value.strip().partition(" ")
    if word == "replay":
        return _replay(name, file(name, path.strip()))
    try:
        return LoadShape(value.strip())
    except ConfigError as error:
        raise ConfigError(f"{name} {error}") from None


def _replay(name: str, path: str) -> Replay:
    """Return the instants of a file, which has one in seconds on each line, from the first one on."""
    try:
        instants_s = [Decimal(word) for word in Path(path).read_text(encoding="utf-8", errors="replace").split()]
    except InvalidOperation:
        raise ConfigError(f"{name} replay {path}: give a number of seconds on each line") from None
    try:
        return Replay(tuple(int((instant_s - instants_s[0]) * NS_PER_S) for instant_s in instants_s))
    except ConfigError as error:
        raise ConfigError(f"{name} replay {path}: {error}") from None


def intervals_ns(name: str, value: str) -> tuple[int, ...]:
    """Return the intervals of a file that has one on each line, in microseconds (behaviour section 2.4)."""
    words = Path(file(name, value)).read_text(encoding="utf-8", errors="replace").split()
    wrong = next((word for word in words if not _is_whole(word)), None)
    if wrong is not None:
        raise ConfigError(f'{name} {value}: there is "{wrong}" in this file, where whole microseconds belong')
    intervals = tuple(NS_PER_US * int(word) for word in words)
    if not sum(intervals):
        raise ConfigError(f"{name} {value}: there is no interval above 0 in this file")
    return intervals


def level_range(name: str, value: str) -> LevelRange:
    """Return the levels of `START[:END[:STEP]]` (behaviour section 1.2); whether there are any is another question."""
    parts = value.split(":")
    if len(parts) > 3:
        raise ConfigError(f"{name} {value}: give START, START:END or START:END:STEP")
    return LevelRange(*(_whole(name, value, part, least=0) for part in parts))


def periodic_range(name: str, value: str) -> PeriodicConcurrency:
    """Return the load of `START:END[:STEP]`, with the usual period (behaviour section 2.5)."""
    numbers = [_whole(name, value, part, least=1) for part in value.split(":")]
    if len(numbers) not in (2, 3):
        raise ConfigError(f"{name} {value}: give START:END or START:END:STEP")
    try:
        return PeriodicConcurrency(*numbers)
    except ConfigError:
        raise ConfigError(f"{name} {value}: END has to be START, or whole STEPs above it") from None


def composing_models(name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Return (name, version) of each model of `a,b:2`, an empty version where there is none; blanks do not count."""
    models = [model.partition(":") for model in value.replace(" ", "").split(",")]
    for model, colon, version in models:
        if not model or ":" in version or bool(colon) != bool(version):
            raise ConfigError(f"{name} {value}: give MODEL[:VERSION],... such as tokenizer,encoder:2")
    return tuple((model, version) for model, _, version in models)


def parameter(name: str, value: str) -> tuple[str, str | int | bool]:
    """Return (name, value) of `name:value:type`, three parts exactly (behaviour section 1.2)."""
    parts = value.split(":")
    if len(parts) != 3 or parts[2] not in ("string", "int", "bool"):
        raise ConfigError(f"{name} {value}: give NAME:VALUE:TYPE, where TYPE is string, int or bool")
    field, content, kind = parts
    if kind == "string":
        return field, content
    if kind == "bool" and content in ("true", "false"):
        return field, content == "true"
    if kind == "int" and _is_whole(content.removeprefix("-")):
        return field, int(content)
    wanted = "a whole number" if kind == "int" else "true or false"
    raise ConfigError(f'{name} {value}: give {wanted} in place of "{content}"')


def shape(name: str, value: str) -> dict[str, tuple[int, ...]]:
    """Return {input: dimensions} of `input:1,28,28`, split at the last colon; every dimension is at least 1."""
    tensor, colon, dimensions = value.rpartition(":")
    if not tensor or not colon:
        raise ConfigError(f"{name} {value}: give INPUT:D,D,... such as images:3,224,224")
    return {tensor: tuple(_whole(name, value, size, least=1) for size in dimensions.split(","))}


def _whole(name: str, value: str, part: str, *, least: int, most: int = _MOST) -> int:
    """Return `part` of `value` as a whole number of at least `least`."""
    if not _is_whole(part) or not least <= int(part) <= most:
        wrong = "" if part == value else f' in place of "{part}"'
        allowed = f"from {least} to {most}" if _is_whole(part) and int(part) > most else f"of at least {least}"
        raise ConfigError(f"{name} {value}: give a whole number {allowed}{wrong}")
    return int(part)


def _number(name: str, value: str, part: str) -> float:
    """Return `part` of `value` as a number from 0."""
    try:
        number = float(part)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        wrong = "" if part == value else f' in place of "{part}"'
        raise ConfigError(f"{name} {value}: give a number of at least 0{wrong}")
    return number


def _is_whole(part: str) -> bool:
    # Python's int() also takes "1_000", blanks and digits of other scripts, and refuses thousands of digits.
    return part.isascii() and part.isdigit() and len(part) < 20
