"""What a server can be asked beside the load, whatever the protocol that carries the questions."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Message = Any
"""A protobuf message; those of tritonclient carry no types."""


LOAD_DEADLINE_S = 600.0
"""So long a model may take to load, where other questions are answered at once."""


class RefusedError(Exception):
    """The server answered, and not with what it was asked for; the text is its words.

    `is_unknown`: it does not know the question at all, as servers that are not Triton do not know some.
    """

    def __init__(self, words: str, *, is_unknown: bool) -> None:
        super().__init__(words)
        self.is_unknown = is_unknown


class Questions(Protocol):
    """One server, asked about itself and one model; the messages are those of Triton's protocol. Safe in any thread.

    Each question ends within a deadline, and raises RefusedError, or ServerError when there is no answer.
    """

    def server_metadata(self) -> Message:
        """Return a ServerMetadataResponse. Raises ServerError, too, where no inference server is there."""

    def model_metadata(self) -> Message:
        """Return the ModelMetadataResponse of the model."""

    def model_config(self, name: str, version: str) -> Message:
        """Return the ModelConfig of any model; without a version, of the one that the server chooses."""

    def model_statistics(self) -> Message:
        """Return the ModelStatisticsResponse of the model."""

    def all_statistics(self) -> Message:
        """Return the ModelStatisticsResponse of all models."""

    def served(self) -> list[tuple[str, str]]:
        """Return (model, version) of all that is ready."""

    def load_model(self, config: str) -> None:
        """Load the model, or load it again, with this configuration: the JSON of a ModelConfig."""

    def trace_settings(self, changes: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Change some of the settings of the traces of all models; return all of them as they are then."""

    def register_region(self, name: str, byte_size: int) -> None:
        """Have the server map a region of system shared memory, by the name that it has in /dev/shm."""

    def unregister_region(self, name: str) -> None:
        """Have the server forget a region; nothing happens where it knows of none by this name."""

    def close(self) -> None:
        """Close what is open."""
