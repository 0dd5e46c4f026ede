"""Texts of the command line become values, or a ConfigError that names the option and the text.

perf_analyzer reads `1x` as 1 and `-1` as 2**64 - 1; here they are refused.
"""

import math

from loadgen.errors import ConfigError
from loadgen.measure.levels import concurrency_levels

_MOST = 10**9
_MOST_LEVELS = 10_000


def text(name: str, value: str) -> str:
    """Return `value`, which must not be empty."""
    if not value:
        raise ConfigError(f"{name}: the value is empty")
    return value


def positive(name: str, value: str) -> int:
    """Return a whole number from 1."""
    return _whole(name, value, value, least=1)


def percentage(name: str, value: str) -> float:
    """Return a number from 0, as in `10` or `2.5`."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ConfigError(f"{name} {value}: give a number of at least 0")
    return number


def percentile(name: str, value: str) -> int | None:
    """Return a percentile from 1 to 99, or None for -1, the average."""
    if value == "-1":
        return None
    if not _is_whole(value) or not 1 <= int(value) <= 99:
        raise ConfigError(f"{name} {value}: give a whole number from 1 to 99, or -1 for the average")
    return int(value)


def protocol(name: str, value: str) -> str:
    """Return `grpc`, in any case, as perf_analyzer reads it."""
    if value.lower() == "http":
        raise ConfigError(f"{name} {value}: loadgen does not have HTTP yet; use grpc and the server's gRPC port")
    if value.lower() != "grpc":
        raise ConfigError(f"{name} {value}: the protocol is grpc")
    return "grpc"


def host_and_port(name: str, value: str) -> str:
    """Return `host:port`, where the host may be an IPv6 address in brackets."""
    host, _, port = value.rpartition(":")
    bare_ipv6 = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if not host or "/" in value or bare_ipv6 or not _is_whole(port) or not 1 <= int(port) <= 65535:
        raise ConfigError(f"{name} {value}: give HOST:PORT of the gRPC endpoint, such as localhost:8001")
    return value


def concurrency_range(name: str, value: str) -> tuple[int, ...]:
    """Return the levels of `START[:END[:STEP]]` (behaviour sections 1.2 and 2.9); START alone is a single level."""
    parts = value.split(":")
    if len(parts) > 3:
        raise ConfigError(f"{name} {value}: give START, START:END or START:END:STEP")
    numbers = [_whole(name, value, part, least=0) for part in parts]
    if numbers[1:2] == [0]:
        raise ConfigError(f"{name} {value}: an end of 0, no limit, needs --latency-threshold, which is not there yet")
    try:
        levels = concurrency_levels(*numbers)
    except ConfigError as error:
        raise ConfigError(f"{name} {value}: {error}") from None
    if len(levels) > _MOST_LEVELS:
        raise ConfigError(f"{name} {value}: that makes {len(levels)} levels, more than {_MOST_LEVELS}")
    return tuple(levels)


def shape(name: str, value: str) -> dict[str, tuple[int, ...]]:
    """Return {input: dimensions} of `input:1,28,28`, split at the last colon; every dimension is at least 1."""
    tensor, colon, dimensions = value.rpartition(":")
    if not tensor or not colon:
        raise ConfigError(f"{name} {value}: give INPUT:D,D,... such as images:3,224,224")
    return {tensor: tuple(_whole(name, value, size, least=1) for size in dimensions.split(","))}


def _whole(name: str, value: str, part: str, *, least: int) -> int:
    """Return `part` of `value` as a whole number of at least `least`."""
    if not _is_whole(part) or not least <= int(part) <= _MOST:
        wrong = "" if part == value else f' in place of "{part}"'
        allowed = f"from {least} to {_MOST}" if _is_whole(part) and int(part) > _MOST else f"of at least {least}"
        raise ConfigError(f"{name} {value}: give a whole number {allowed}{wrong}")
    return int(part)


def _is_whole(part: str) -> bool:
    # Python's int() also takes "1_000", blanks and digits of other scripts, and refuses thousands of digits.
    return part.isascii() and part.isdigit() and len(part) < 20
