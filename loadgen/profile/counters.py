"""What is counted in a window besides requests, for models of which there is more to count."""

from dataclasses import dataclass
from typing import Protocol

from loadgen.profile.responses import ResponseRecorder


class Counter(Protocol):
    """Counts from the callback that judges the replies."""

    def take(self) -> int:
        """Return how many there were since the last call."""


@dataclass(frozen=True)
class Counters:
    """The responses of a decoupled model, and the sequences of a sequence model; None of another one."""

    responses: ResponseRecorder | None = None
    sequences: Counter | None = None
