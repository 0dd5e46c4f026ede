"""Which models a model is composed of: the steps of an ensemble, and those that a model calls itself (BLS)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loadgen.measure.server_statistics import ModelVersion
from loadgen.triton.questions import Message

_ANY_VERSION = -1


@dataclass(frozen=True)
class Composition:
    """A model by name and version, "" if the server chooses that, and the models it is composed of, by name.

    `batches_sequences` is what its own configuration says of its scheduler.
    """

    name: str
    version: str = ""
    parts: tuple["Composition", ...] = ()
    batches_sequences: bool = False

    @property
    def takes_sequences(self) -> bool:
        """Whether requests to it have to form sequences, for its own sake or that of a part (behaviour section 9.1)."""
        return self.batches_sequences or any(part.takes_sequences for part in self.parts)


def composition_of(
    model: ModelVersion,
    config: Message,
    *,
    config_of: Callable[[ModelVersion], Message],
    called: Iterable[ModelVersion] = (),
) -> Composition:
    """Return the composition of a model, down to models that are composed of nothing.

    `config` is its ModelConfig, `config_of` returns that of another one, and `called` are the models that it calls, for
    no configuration tells of those. A model that is several steps of an ensemble is one part of it.
    """
    steps = {_model_of(step) for step in config.ensemble_scheduling.step}
    parts = sorted({*steps, *called})
    return Composition(
        *model,
        tuple(composition_of(part, config_of(part), config_of=config_of) for part in parts),
        config.HasField("sequence_batching"),
    )


def _model_of(step: Message) -> ModelVersion:
    return step.model_name, "" if step.model_version == _ANY_VERSION else str(step.model_version)
