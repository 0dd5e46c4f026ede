"""When requests are sent: one frozen class for each load mode, checked when it is built.

Each has a `title` for people, a `mode` for files, and a `value`: the number by which its levels differ.
"""

from dataclasses import dataclass
from typing import ClassVar

from loadgen.errors import ConfigError


@dataclass(frozen=True)
class Concurrency:
    """The closed loop: this many requests are in flight all the time; the next is sent when one ends.

    Raises ConfigError for less than one.
    """

    title: ClassVar = "Concurrency"
    mode: ClassVar = "concurrency"

    in_flight: int

    def __post_init__(self) -> None:
        if self.in_flight < 1:
            raise ConfigError(f"Concurrency({self.in_flight}): at least one request has to be in flight")

    def __str__(self) -> str:
        return f"{self.title} {self.in_flight}"

    @property
    def value(self) -> int:
        """The requests in flight."""
        return self.in_flight


LoadMode = Concurrency
