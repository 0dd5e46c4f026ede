"""How many lines each part of the picture gets."""

from itertools import cycle

HEADER = 2
STATUS = 2
_LEAST = {"charts": 3, "details": 6, "levels": 3}
"""Lines inside the borders; less would say nothing. A terminal that is too low does without the last ones."""
_MOST = {"charts": 12, "advice": 4, "levels": 1000, "details": 16}
"""Beyond these more lines do not say more. What is left over goes round in this order."""


def heights(height: int, *, has_levels: bool) -> dict[str, int]:
    """Share out the lines of a terminal: `charts`, `details` and `levels` without their borders, and `advice`.

    A part that does not fit is not there; the other lines are for the header, the status and the borders.
    """
    spare = height - HEADER - STATUS - 1
    given = {"advice": 1}
    spare -= 1
    for part, least in _LEAST.items():
        if (part != "levels" or has_levels) and least + 1 <= spare:
            given[part] = least
            spare -= least + 1
    for part in cycle(_MOST):
        growing = [name for name in given if given[name] < _MOST[name]]
        if spare <= 0 or not growing:
            break
        if part in growing:
            given[part] += 1
            spare -= 1
    return given
