"""What is counted in a window besides requests, for models of which there is more to count."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # few runs are of several models, or of one that is decoupled
    from loadgen.profile.by_model import ByModel
    from loadgen.profile.responses import ResponseRecorder


class Counter(Protocol):
    """Counts from the callback that judges the replies."""

    def take(self) -> int:
        """Return how many there were since the last call."""


@dataclass(frozen=True)
class Counters:
    """The responses of a decoupled model, and the sequences of a sequence model; None of another one.

    `models` tells several models apart.
    """

    responses: "ResponseRecorder | None" = None
    sequences: Counter | None = None
    models: "ByModel | None" = None
