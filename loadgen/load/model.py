"""What has to be known of a model in order to load it."""

from collections.abc import Collection
from dataclasses import dataclass

from loadgen.load.tensors import TensorSpec


@dataclass(frozen=True)
class Model:
    """A model as its server describes it.

    `max_batch_size` 0 means that the model has no batch dimension. `inputs` and `outputs` are in alphabetical order,
    in which they also travel (behaviour section 8.1). A decoupled model answers a request with any number of responses.
    A sequence model, or one that is composed of one, takes requests that belong together (`sequence_batching`).
    """

    name: str
    max_batch_size: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    is_decoupled: bool = False
    is_sequence: bool = False

    def inputs_among(self, names: Collection[str]) -> tuple[TensorSpec, ...]:
        """Return the inputs that have one of these names: a request may go without optional ones."""
        return tuple(spec for spec in self.inputs if spec.name in names)
