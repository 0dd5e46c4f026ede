"""When requests are sent: one frozen class for each load mode, checked when it is built."""

from dataclasses import dataclass

from loadgen.errors import ConfigError


@dataclass(frozen=True)
class Concurrency:
    """The closed loop: this many requests are in flight all the time; the next is sent when one ends.

    Raises ConfigError for less than one.
    """

    in_flight: int

    def __post_init__(self) -> None:
        if self.in_flight < 1:
            raise ConfigError(f"Concurrency({self.in_flight}): at least one request has to be in flight")
