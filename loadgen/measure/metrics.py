"""What the server says of its processors: Triton's Prometheus metrics, read and pooled (behaviour section 9.8)."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_LINE = re.compile(r"nv_(?P<kind>gpu|cpu)_(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})?[ \t]+(?P<value>\S+)(?:[ \t]+-?\d+)?")
_UUID = re.compile(r'(?:^|,)\s*gpu_uuid="([^"]+)"')
_FIELDS = {
    "utilization": "utilization",
    "power_usage": "power_w",
    "memory_used_bytes": "memory_used_bytes",
    "memory_total_bytes": "memory_total_bytes",
}


@dataclass(frozen=True)
class Processor:
    """A GPU, or all CPUs of the host. `utilization` goes from 0 to 1; None is what the server does not tell."""

    utilization: float | None = None
    power_w: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None


@dataclass(frozen=True)
class Metrics:
    """One reading, or several pooled. `gpus` are named by their UUID; there are none on a host without a GPU."""

    cpu: Processor = Processor()
    gpus: Mapping[str, Processor] = field(default_factory=dict)


def parse_metrics(text: str) -> Metrics:
    """Return what the Prometheus text format tells of the processors; every other line is passed over."""
    figures: dict[str | None, dict[str, Any]] = {None: {}}
    for uuid, name, value in _samples(text):
        figures.setdefault(uuid, {})[name] = int(value) if name.endswith("_bytes") else value
    processors = {uuid: _processor(told) for uuid, told in figures.items()}
    return Metrics(processors.pop(None), {uuid: one for uuid, one in processors.items() if uuid is not None})


def pooled(readings: Sequence[Metrics]) -> Metrics | None:
    """Return the mean utilization and power, the maximum of used memory, and the first total; None of no reading."""
    if not readings:
        return None
    uuids = dict.fromkeys(uuid for reading in readings for uuid in reading.gpus)
    return Metrics(
        _pooled([reading.cpu for reading in readings]),
        {uuid: _pooled([reading.gpus[uuid] for reading in readings if uuid in reading.gpus]) for uuid in uuids},
    )


def _samples(text: str) -> Iterator[tuple[str | None, str, float]]:
    """Yield the UUID of a GPU, or None for the CPUs, the name of a field of Processor, and its value."""
    for match in filter(None, map(_LINE.fullmatch, text.splitlines())):
        name, value = _FIELDS.get(match["name"]), _number(match["value"])
        uuid = _UUID.search(match["labels"] or "")
        if name is not None and value is not None and (uuid is not None) == (match["kind"] == "gpu"):
            yield (uuid[1] if uuid else None), name, value


def _processor(figures: dict[str, Any]) -> Processor:
    """Return a processor. Triton serves zeros until it has looked for the first time: those are not known."""
    return Processor() if figures.get("memory_total_bytes") == 0 else Processor(**figures)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _pooled(readings: Sequence[Processor]) -> Processor:
    """Return the figures of one processor, each over the readings that tell it."""
    utilization = [reading.utilization for reading in readings if reading.utilization is not None]
    power_w = [reading.power_w for reading in readings if reading.power_w is not None]
    used = (reading.memory_used_bytes for reading in readings if reading.memory_used_bytes is not None)
    total = (reading.memory_total_bytes for reading in readings if reading.memory_total_bytes is not None)
    return Processor(_mean(utilization), _mean(power_w), max(used, default=None), next(total, None))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
