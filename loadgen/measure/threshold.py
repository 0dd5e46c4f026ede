"""What a level has to keep to, as a value: `p99<15ms`, `throughput>1000`, `errors<0.1%`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Literal

from loadgen.errors import ConfigError
from loadgen.units import NS_PER_MS, NS_PER_S, NS_PER_US

Unit = Literal["us", "ms", "s", "infer/s", "%", "requests"]

NS_PER = {"us": NS_PER_US, "ms": NS_PER_MS, "s": NS_PER_S}
"""Nanoseconds in each unit of time."""

_TIMES = ("avg", "adds", "queue", "compute")
"""The figures that are a time, besides the percentiles of the latency: p50, p99.9 ..."""

_GRAMMAR = "give FIGURE<LIMIT in quotes, such as 'p99<15ms', 'throughput>=1000' or 'errors<0.1%'"

_RELATIONS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_TEXT = re.compile(r"([a-z][\w-]*(?:\.\d+)?)\s*(<=|>=|<|>)\s*(\d{1,12}(?:\.\d{1,9})?)\s*(us|ms|s|%)?", re.ASCII)
_PERCENTILE = re.compile(r"(?:planned-)?p(\d{1,2}(?:\.\d{1,2})?)", re.ASCII)


@dataclass(frozen=True)
class Threshold:
    """A `figure` of a level has to be below or above a `limit` in `unit`; `threshold` makes one from its text.

    A figure is `avg`, a percentile of the latency (`p50`, `p99.9`), in an open loop one from the planned instant
    (`planned-p99`), `throughput`, `errors` (a share in %, or a number of requests), `adds`, `queue` or `compute`: what
    the columns of these names show.
    """

    figure: str
    relation: str
    limit: float
    unit: Unit

    def __str__(self) -> str:
        """Return it as it is typed, without blanks."""
        unit = "" if self.unit in ("infer/s", "requests") else self.unit
        return f"{self.figure}{self.relation}{self.limit:.12g}{unit}"

    @property
    def is_planned(self) -> bool:
        """Whether it is about the latency from the planned instant."""
        return self.figure.startswith("planned-")

    @property
    def percentile(self) -> float | None:
        """The percentile of the latency that it is about; None if it is about another figure."""
        match = _PERCENTILE.fullmatch(self.figure)
        return None if match is None else float(match[1])

    def allows(self, actual: float) -> bool:
        """Whether a figure, in `unit`, keeps to it."""
        return _RELATIONS[self.relation](actual, self.limit)


def threshold(text: str) -> Threshold:
    """Return what `p99<15ms` says; blanks may stand between its parts. Raises ConfigError for another text.

    A time needs its unit (us, ms or s): a number alone would mean either to somebody. A throughput is in inferences per
    second, and has none.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"{text}: {_GRAMMAR}")
    figure, relation, limit, unit = match.groups()
    try:
        return Threshold(figure, relation, float(limit), _unit(figure, limit, unit or ""))
    except ConfigError as error:
        raise ConfigError(f"{text}: {error}") from None


def condition(text: str) -> Threshold:
    """Return what a search for the highest level wants to hold, such as `p99<10ms`: a figure below a limit.

    Raises ConfigError for another text.
    """
    wanted = threshold(text)
    if not wanted.relation.startswith("<"):
        raise ConfigError(f"{text}: give a figure that has to stay below a limit, such as 'p99<10ms'")
    return wanted


def _unit(figure: str, limit: str, unit: str) -> Unit:
    """Return the unit of a limit, or raise ConfigError where the three do not go together."""
    if figure == "throughput":
        return _unit_of_throughput(unit)
    if figure == "errors":
        return _unit_of_errors(float(limit), unit)
    if figure not in _TIMES and not _is_percentile(figure):
        names = f"throughput, errors, {', '.join(_TIMES)} or a percentile such as p99, p99.9 or planned-p99"
        raise ConfigError(f'there is no figure "{figure}"; give {names}')
    match unit:
        case "us" | "ms" | "s":
            return unit
        case _:
            raise ConfigError(f"{figure} is a time; give its limit in us, ms or s, such as {figure}<15ms")


def _unit_of_throughput(unit: str) -> Unit:
    if unit:
        raise ConfigError("throughput is in inferences per second; give a number without a unit")
    return "infer/s"


def _unit_of_errors(limit: float, unit: str) -> Unit:
    if unit == "%" and limit <= 100:
        return "%"
    if unit or limit % 1:
        raise ConfigError("give a share of the requests up to 100%, such as 0.1%, or a whole number of them")
    return "requests"


def _is_percentile(figure: str) -> bool:
    match = _PERCENTILE.fullmatch(figure)
    return match is not None and float(match[1]) > 0
