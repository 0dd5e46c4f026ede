"""What a server answers to the questions of the control plane, read: the same for every protocol that carries them."""

from collections.abc import Mapping, Sequence

from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.tensors import TensorSpec
from loadgen.measure.server_statistics import ModelVersion, ServerStatistics, Spent, version_rank
from loadgen.triton.composition import Composition
from loadgen.triton.questions import Message


def model_from(metadata: Message, config: Message, composition: Composition) -> Model:
    """Return the model of a ModelMetadataResponse and a ModelConfig; raise ConfigError if it cannot be loaded yet."""
    name = metadata.name
    for tensor in config.input:
        if tensor.is_shape_tensor:
            raise ConfigError(f'input "{tensor.name}" of "{name}" is a shape tensor, which loadgen cannot make yet')
    return Model(
        name=name,
        max_batch_size=config.max_batch_size,
        inputs=_specs(metadata.inputs, config),
        outputs=_specs(metadata.outputs, config),
        is_decoupled=config.model_transaction_policy.decoupled,
        is_sequence=composition.takes_sequences,
    )


def _specs(tensors: Message, config: Message) -> tuple[TensorSpec, ...]:
    """Return the tensors in alphabetical order, without the batch dimension that comes first where there is one."""
    own = 1 if config.max_batch_size else 0
    optional = {tensor.name for tensor in config.input if tensor.optional}
    specs = (TensorSpec(one.name, one.datatype, tuple(one.shape[own:]), one.name in optional) for one in tensors)
    return tuple(sorted(specs, key=lambda spec: spec.name))


def statistics_from(entries: Sequence[Message], composition: Composition) -> ServerStatistics | None:
    """Return the counters of the highest version of a model among ModelStatistics messages (behaviour section 4).

    None if there is none of that model.
    """
    versions = _versions(entries, composition)
    return versions[max(versions, key=version_rank)] if versions else None


def _versions(entries: Sequence[Message], composition: Composition) -> dict[str, ServerStatistics]:
    composing = {
        (part.name, version): counters
        for part in composition.parts
        for version, counters in _versions(entries, part).items()
    }
    return {
        entry.version: _counters(entry, composing)
        for entry in entries
        if entry.name == composition.name and composition.version in ("", entry.version)
    }


def _counters(entry: Message, composing: Mapping[ModelVersion, ServerStatistics]) -> ServerStatistics:
    durations = ("success", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss")
    spent = {name: getattr(entry.inference_stats, name) for name in durations}
    return ServerStatistics(
        inference_count=entry.inference_count,
        execution_count=entry.execution_count,
        **{name: Spent(duration.count, duration.ns) for name, duration in spent.items()},
        composing=composing,
    )


def not_served(url: str, model: ModelVersion, words: str, served: Sequence[ModelVersion]) -> str:
    """Return one sentence for a model that the server refused with these `words`, although it has `served`.

    `served` is all that is ready, or nothing where that is not known.
    """
    name, version = model
    asked = f'model "{name}"' + (f" version {version}" if version else "")
    versions = [version for model, version in served if model == name]
    alternatives = f"version {_listed(versions)}" if versions else _listed(sorted({model for model, _ in served}))
    hint = f"; it serves {alternatives}" if alternatives else ""
    return f"the server at {url} does not serve {asked}: {words}{hint}"


def _listed(names: list[str], at_most: int = 10) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
