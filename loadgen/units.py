"""Conversions between the units of time. Inside, a time is an integer of nanoseconds; these are the edges."""

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def ms(value: float) -> int:
    """Return `value` milliseconds as nanoseconds: `ms(1.5) == 1_500_000`."""
    return round(value * NS_PER_MS)


def seconds(value: float) -> int:
    """Return `value` seconds as nanoseconds."""
    return round(value * NS_PER_S)


def whole_us(value_ns: int) -> int:
    """Return nanoseconds as microseconds, truncated as perf_analyzer prints them (behaviour section 3.2)."""
    return value_ns // NS_PER_US
