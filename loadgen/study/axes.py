"""What a study varies: the fields of a model's configuration, and how each value is written into it. Pure."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any

from loadgen.errors import ConfigError

Config = dict[str, Any]
"""A model's configuration as Triton's JSON: the names of config.pbtxt, 64-bit integers as strings."""

Value = int | str
"""What an axis is set to. The value of a path may be any JSON, as text."""


@dataclass(frozen=True)
class Axis:
    """A part of a model's configuration and the values it takes, in their order.

    `name` is `instance-count`, `max-batch-size`, `dynamic-batching` (on, off), `preferred-batch-size`,
    `max-queue-delay` (in us), or the path of a field of config.pbtxt, such as `instance_group.0.count`, whose values
    are JSON, or words. Raises ConfigError without values, for one that is there twice, and for one that such a name
    does not take.
    """

    name: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ConfigError(f"{self.name}: at least one value is needed")
        if len(set(self.values)) < len(self.values):
            raise ConfigError(f"{self.name}: a value is there twice")
        for value in self.values:
            _check_value(self.name, value)


@dataclass(frozen=True)
class Settings:
    """A configuration of a study: the original one with some axes set, (name, value) each, in their order."""

    values: tuple[tuple[str, Value], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values)

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.values) or "original"

    def having(self, name: str, value: Value) -> "Settings":
        """Return these settings with another value for an axis; one of dynamic batching means that it is on."""
        off = _BATCHING_OFF if name in _OF_BATCHING else None
        return Settings((*(kept for kept in self.values if kept[0] != name and kept != off), (name, value)))


ORIGINAL = Settings()


def grid(axes: Sequence[Axis]) -> list[Settings]:
    """Return every combination of the values, the last axis changing fastest; one where they mean the same.

    They do where dynamic batching is off: then its delay and sizes are left out.
    """
    combinations = product(*([(axis.name, value) for value in axis.values] for axis in axes))
    return list(dict.fromkeys(map(combination, combinations)))


def combination(values: tuple[tuple[str, Value], ...]) -> Settings:
    """Return the settings with a value for each axis, without those that mean nothing."""
    is_off = _BATCHING_OFF in values
    return Settings(tuple(pair for pair in values if not (is_off and pair[0] in _OF_BATCHING)))


def configured(original: Config, settings: Settings) -> Config:
    """Return the original configuration as the settings change it, in the order in which they stand.

    Raises ConfigError for a path that leads through something that is no message.
    """
    config = deepcopy(original)
    for name, value in settings.values:
        if name in CHANGES:
            CHANGES[name](config, value)
        else:
            _set_path(config, name, value)
    return config


def _set_instance_count(config: Config, count: Value) -> None:
    """Set the count of every instance group; without one Triton makes one itself."""
    for group in config.setdefault("instance_group", [{}]):
        group["count"] = count


def _set_queue_delay(config: Config, delay_us: Value) -> None:
    config.setdefault("dynamic_batching", {})["max_queue_delay_microseconds"] = delay_us


def _set_preferred_batch_size(config: Config, size: Value) -> None:
    config.setdefault("dynamic_batching", {})["preferred_batch_size"] = [size]


def _set_max_batch_size(config: Config, size: Value) -> None:
    """Set the size, and drop preferred sizes above it, with which Triton would refuse the configuration.

    Where none are written down, Triton fills in the maximum itself, so that a lower one could never be tried.
    """
    config["max_batch_size"] = size
    batching = config.get("dynamic_batching", {})
    if "preferred_batch_size" in batching:
        batching["preferred_batch_size"] = [kept for kept in batching["preferred_batch_size"] if kept <= int(size)]


def _set_dynamic_batching(config: Config, switch: Value) -> None:
    if switch == "on":
        config.setdefault("dynamic_batching", {})
    else:
        config.pop("dynamic_batching", None)


CHANGES: Mapping[str, Callable[[Config, Value], None]] = {
    "instance-count": _set_instance_count,
    "max-batch-size": _set_max_batch_size,
    "dynamic-batching": _set_dynamic_batching,
    "preferred-batch-size": _set_preferred_batch_size,
    "max-queue-delay": _set_queue_delay,
}
"""The axes that have a name, and how each of them is set, in the order in which they make sense together."""

LEAST: Mapping[str, int] = {
    "instance-count": 1,
    "max-batch-size": 0,
    "preferred-batch-size": 1,
    "max-queue-delay": 0,
}
"""The lowest value of each of these that is a number."""


def _check_value(name: str, value: Value) -> None:
    if name == "dynamic-batching" and value not in ("on", "off"):
        raise ConfigError(f"{name} {value}: give on or off")
    if name in LEAST and not (isinstance(value, int) and value >= LEAST[name]):
        raise ConfigError(f"{name} {value}: give a whole number of at least {LEAST[name]}")


_OF_BATCHING = ("preferred-batch-size", "max-queue-delay")
_BATCHING_OFF = ("dynamic-batching", "off")

_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|\d+")


def path_of(name: str) -> Sequence[str]:
    """Return the parts of `dynamic_batching.max_queue_delay_microseconds` or `instance_group.0.count`.

    Raises ConfigError for what is no path.
    """
    parts = name.split(".")
    if not all(_PLACE.fullmatch(part) for part in parts) or parts[0].isdigit():
        raise ConfigError(f"{name}: give the path of a field, such as instance_group.0.count")
    return parts


def _set_path(config: Config, name: str, value: Value) -> None:
    *parents, last = path_of(name)
    place: Any = config
    for part in parents:
        place = place.setdefault(part, {}) if isinstance(place, dict) else _element(place, part, name)
    if isinstance(place, dict):
        # The text of a parameter stays text, although it may look like a number.
        place[last] = value if last == "string_value" else _json(value)
    else:
        _element(place, last, name)
        place[int(last)] = _json(value)


def _element(place: Any, part: str, name: str) -> Any:  # noqa: ANN401 - of any JSON type
    if isinstance(place, list) and part.isdigit() and int(part) < len(place):
        return place[int(part)]
    raise ConfigError(f"--set {name}: the model's configuration has no {part} there")


def _json(value: Value) -> Any:  # noqa: ANN401 - of any JSON type
    """Return the JSON of a value; what is none, such as KIND_CPU, stands for itself."""
    try:
        return json.loads(str(value))
    except json.JSONDecodeError:
        return value
