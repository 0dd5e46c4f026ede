"""How the requests to a sequence model are put together."""

from dataclasses import dataclass
from typing import Final

from loadgen.errors import ConfigError

USUAL_LENGTH: Final = 20
USUAL_ID_COUNT: Final = 2**32 - 1


@dataclass(frozen=True)
class Sequences:
    """How long the sequences of a load are, how many there are at a time, and which ids they have.

    A sequence has `length` requests, more or less by up to a share of `length_variation`. Without a length it has as
    many as the stream of input data that it carries, or 20 if the data is made up. Each has one request in flight at
    most, for else their order would be lost. In a closed loop there are as many at a time as requests in flight; in an
    open one `at_a_time`, and a request that is due while none is free waits. Ids go round `id_count` numbers from
    `first_id` on. `seed` is where the random numbers begin. Raises ConfigError for values that cannot be used.
    """

    length: int | None = None
    length_variation: float = 0.2
    first_id: int = 1
    id_count: int = USUAL_ID_COUNT
    at_a_time: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.length is not None and self.length < 1:
            raise ConfigError(f"Sequences(length={self.length}): at least 1 request")
        if not 0 <= self.length_variation < float("inf"):
            raise ConfigError(f"Sequences(length_variation={self.length_variation}): at least 0, 0.2 is 20 %")
        if self.first_id < 1 or self.id_count < 1 or self.first_id + self.id_count > 2**63:
            raise ConfigError(f"Sequences(first_id={self.first_id}, id_count={self.id_count}): ids from 1 to 2**63 - 1")
        if self.at_a_time < 1:
            raise ConfigError(f"Sequences(at_a_time={self.at_a_time}): at least 1 sequence")
        if self.seed < 0:
            raise ConfigError(f"Sequences(seed={self.seed}): at least 0")

    @property
    def usual_length(self) -> int:
        """The length where the input data has none of its own."""
        return USUAL_LENGTH if self.length is None else self.length
