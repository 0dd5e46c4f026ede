"""A load that changes while it lasts, as a small text: `ramp 100..2000/s over 30s, hold 10s`. Pure.

    PHASE[, PHASE...]      one after the other
    ramp A..B/s over T     from one rate to another, evenly
    hold T                 at the rate before
    hold R/s for T         at this rate
    step A..B/s by S every T   A, A + S, ... up to B, each for so long
    spike R/s for T        at this rate, and then back at the one before
    sine A..B/s every P for T  from A up to B and down again in each period

R, A, B and S are requests per second, and T and P times as in `500ms` or `2.5s` or `1m`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loadgen.errors import ConfigError

_RATE = r"(\d{1,9}(?:\.\d{1,6})?)"
_TIME = r"(\d{1,9}(?:\.\d{1,6})?(?:ms|s|m))"
_FORMS = {
    name: re.compile(form.replace("R", _RATE).replace("T", _TIME).replace(" ", r"\s+"))
    for name, form in {
        "ramp": r"ramp R\.\.R/s over T",
        "hold": r"hold T",
        "hold at": r"hold R/s for T",
        "step": r"step R\.\.R/s by R every T",
        "spike": r"spike R/s for T",
        "sine": r"sine R\.\.R/s every T for T",
    }.items()
}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_GRAMMAR = (
    "give phases such as 'ramp 100..2000/s over 30s', 'hold 10s', 'hold 500/s for 10s', "
    "'step 100..500/s by 100 every 10s', 'spike 2000/s for 1s' or 'sine 100..500/s every 20s for 1m'"
)


@dataclass(frozen=True)
class Phase:
    """For `duration_s` from the rate `start` to the rate `end`, in requests per second.

    Evenly, or, with a `period_s`, up and down again as a sine in each period.
    """

    start: float
    end: float
    duration_s: float
    period_s: float | None = None


def phases_of(text: str) -> tuple[Phase, ...]:
    """Return the phases of a text. Raises ConfigError for another text, and for one in which nothing is ever sent."""
    phases: list[Phase] = []
    rate: float | None = None
    for part in text.split(","):
        added = list(_phases(part.strip(), rate, text))
        phases += added
        if not part.strip().startswith("spike"):
            rate = added[-1].end if added[-1].period_s is None else added[-1].start
    if not any(phase.start or phase.end for phase in phases):
        raise ConfigError(f"{text}: nothing is ever sent")
    return tuple(phases)


def _phases(part: str, rate: float | None, text: str) -> Iterator[Phase]:
    """Yield what one part stands for, after a phase that ended at a rate."""
    name, words = next(((name, match) for name, form in _FORMS.items() if (match := form.fullmatch(part))), ("", None))
    if words is None:
        raise ConfigError(f'{text}: "{part}" is no phase; {_GRAMMAR}')
    *rates, time = words.groups()
    duration_s = _duration_s(time, text)
    match name:
        case "hold":
            if rate is None:
                raise ConfigError(f'{text}: "{part}" has no rate before it; give one, such as hold 500/s for {time}')
            yield Phase(rate, rate, duration_s)
        case "hold at" | "spike":
            yield Phase(float(rates[0]), float(rates[0]), duration_s)
        case "ramp":
            yield Phase(float(rates[0]), float(rates[1]), duration_s)
        case "step":
            yield from (Phase(step, step, duration_s) for step in _steps(rates, text))
        case _:
            yield Phase(float(rates[0]), float(rates[1]), duration_s, _duration_s(rates[2], text))


def _steps(rates: Sequence[str], text: str) -> Iterator[float]:
    first, last, by = map(float, rates)
    if not by:
        raise ConfigError(f"{text}: steps by 0 lead nowhere")
    sign = 1 if last >= first else -1
    for index in range(int(abs(last - first) / by) + 1):
        yield first + sign * index * by


def _duration_s(time: str, text: str) -> float:
    unit = time.lstrip("0123456789.")
    duration_s = float(time.removesuffix(unit)) * _SECONDS[unit]
    if not duration_s:
        raise ConfigError(f"{text}: {time} is no time")
    return duration_s
