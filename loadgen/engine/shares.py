"""How many requests in flight each connection has. Pure."""

from collections.abc import Callable, Sequence


def one_for_each(level: int) -> int:
    """Spread a level over as many connections as it has requests in flight."""
    return level


def at_most(connections: int) -> Callable[[int], int]:
    """Return what spreads a level over so many connections, or over fewer if it is lower."""
    return lambda level: min(connections, level)


def shares(level: int, capacities: Sequence[int]) -> list[int]:
    """Spread a level evenly over connections that take at most so many each, the first ones having what is left over.

    5 over two with plenty of room are 3 and 2; 9 over 2, 10 and 10 are 2, 4 and 3. What fits nowhere is spread on top:
    it waits there for room.
    """
    count = len(capacities)
    spread = [0] * count
    left = level
    # The narrow ones first: what they do not take falls to the others.
    for done, index in enumerate(sorted(range(count), key=capacities.__getitem__)):
        spread[index] = min(capacities[index], _rounded_up(left, count - done))
        left -= spread[index]
    return [share + left // count + (index < left % count) for index, share in enumerate(spread)]


def _rounded_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
