"""What a request on its way stands for."""

from dataclasses import dataclass

from loadgen.load.steps import Step


@dataclass(frozen=True, eq=False)
class Sent:
    """What a request carries, and as which one: `place` is that of its step in the input data, in words."""

    step: Step
    place: str
    sequence_id: int | None = None
