"""Whether a figure goes somewhere from window to window, or only up and down."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

JUDGED = 5
"""Values without a trend rise or fall all along in one of sixty cases: 2 of 5! orders."""


def trend(values: Sequence[float]) -> Literal["rising", "falling"] | None:
    """Return where the last five values go, if each of them goes there; None if they do not, or are fewer."""
    steps = list(pairwise(values[-JUDGED:]))
    if len(steps) < JUDGED - 1:
        return None
    if all(after > before for before, after in steps):
        return "rising"
    return "falling" if all(after < before for before, after in steps) else None
