"""When the steps of JSON input data are to be sent: each has a `timestamp` in milliseconds (behaviour section 2.6)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loadgen.errors import ConfigError
from loadgen.load.json_file import TIMESTAMP, document_of, streams_in, tensor_of
from loadgen.load.sample import located, place
from loadgen.load.tensors import TensorSpec
from loadgen.units import ms

_SPEC = TensorSpec(TIMESTAMP, "UINT64", (1,))

_MOST_MS = 10**10
"""A later time than in four months is that of a calendar, and not one since the start of a load."""


def offsets_ns_of(paths: Sequence[str]) -> tuple[int, ...]:
    """Return when the steps of these files are to be sent, from the start, in their order.

    Raises ConfigError, with the place, for files that are no lists of such steps, and for times that do not ascend.
    """
    offsets_ms: list[int] = []
    for path in paths:
        for number, step in enumerate(_steps(path)):
            with located(place(path, step=number)):
                offsets_ms.append(_timestamp_ms(step, before_ms=offsets_ms[-1] if offsets_ms else 0))
    return tuple(map(ms, offsets_ms))


def _steps(path: str) -> Iterator[Mapping[str, Any]]:
    with located(f"--input-data {path}"):
        document = document_of(path)
        for other in document.keys() - {"data"}:
            raise ConfigError(f'with --fixed-schedule it has "data" alone, and not "{other}"')
        streams, is_nested = streams_in(document, "data")
        if is_nested:
            raise ConfigError('with --fixed-schedule its "data" is a list of steps, and not one of streams')
    yield from streams[0]


def _timestamp_ms(step: Mapping[str, Any], *, before_ms: int) -> int:
    if TIMESTAMP not in step:
        raise ConfigError('it has no "timestamp", by which --fixed-schedule sends it')
    timestamp_ms = int(tensor_of(_SPEC, _SPEC.shape, step[TIMESTAMP])[0])
    if timestamp_ms > _MOST_MS:
        raise ConfigError(f'its "timestamp" {timestamp_ms} is to be milliseconds from the start, at most {_MOST_MS}')
    if timestamp_ms < before_ms:
        raise ConfigError(f'its "timestamp" {timestamp_ms} is before {before_ms}, that of the step before it')
    return timestamp_ms
