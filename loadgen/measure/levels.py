"""The levels that a linear search visits (behaviour section 2.9)."""

from loadgen.errors import ConfigError


def concurrency_levels(start: int, end: int | None = None, step: int = 1) -> range:
    """Return `start`, `start + step`, ... up to `end` at most; without an end, `start` alone.

    Raises ConfigError for a range that holds no level.
    """
    if start < 1:
        raise ConfigError(f"the start must be at least 1, not {start}")
    if step < 1:
        raise ConfigError(f"the step must be at least 1, not {step}")
    last = start if end is None else end
    if last < start:
        raise ConfigError(f"the end must be at least the start ({start}), not {last}")
    return range(start, last + 1, step)
