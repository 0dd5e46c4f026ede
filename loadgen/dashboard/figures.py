"""Figures in words of few characters."""

from loadgen.units import NS_PER_S

_UNITS = ((NS_PER_S, "s"), (1_000_000, "ms"), (1000, "us"))


def duration(ns: float) -> str:
    """Write a latency with three digits and its unit: `750 us`, `1.89 ms`, `12.3 s`."""
    for unit_ns, unit in _UNITS:
        if ns >= 0.9995 * unit_ns:
            return f"{_three_digits(ns / unit_ns)} {unit}"
    return f"{ns / 1000:.2f} us" if ns else "-"


def rate(per_second: float) -> str:
    """Write inferences per second: `1,563`, `98.2`."""
    return f"{per_second:,.0f}" if per_second >= 999.5 else _three_digits(per_second)


def clock(seconds: float) -> str:
    """Write a time as `0:41` or `1:02:30`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _three_digits(value: float) -> str:
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
