"""What a server answers to the questions of the control plane, read: the same for every protocol that carries them."""

from collections.abc import Sequence

from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.triton.questions import Message


def model_from(metadata: Message, config: Message) -> Model:
    """Return the model of a ModelMetadataResponse and a ModelConfig; raise ConfigError if it cannot be loaded yet."""
    name = metadata.name
    if config.HasField("sequence_batching"):
        raise ConfigError(f'model "{name}" takes sequences of requests, which loadgen cannot send yet')
    for tensor in config.input:
        if tensor.is_shape_tensor:
            raise ConfigError(f'input "{tensor.name}" of "{name}" is a shape tensor, which loadgen cannot make yet')
    return Model(
        name=name,
        max_batch_size=config.max_batch_size,
        inputs=_specs(metadata.inputs, config),
        outputs=_specs(metadata.outputs, config),
        is_decoupled=config.model_transaction_policy.decoupled,
    )


def _specs(tensors: Message, config: Message) -> tuple[TensorSpec, ...]:
    """Return the tensors in alphabetical order, without the batch dimension that comes first where there is one."""
    own = 1 if config.max_batch_size else 0
    optional = {tensor.name for tensor in config.input if tensor.optional}
    specs = (TensorSpec(one.name, one.datatype, tuple(one.shape[own:]), one.name in optional) for one in tensors)
    return tuple(sorted(specs, key=lambda spec: spec.name))


def statistics_from(entries: Sequence[Message]) -> ServerStatistics:
    """Return the counters of the highest version among these ModelStatistics messages (behaviour section 4)."""
    # By length first, so that version 10 is higher than 9; other servers have versions that are not numbers.
    entry = max(entries, key=lambda entry: (len(entry.version), entry.version))
    durations = ("success", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss")
    spent = {name: getattr(entry.inference_stats, name) for name in durations}
    return ServerStatistics(
        inference_count=entry.inference_count,
        execution_count=entry.execution_count,
        **{name: Spent(duration.count, duration.ns) for name, duration in spent.items()},
    )


def not_served(target: Target, words: str, served: Sequence[tuple[str, str]]) -> str:
    """Return one sentence for a model that the server refused with these `words`, although it has `served`.

    `served` is (model, version) of all that is ready, or nothing where that is not known.
    """
    asked = f'model "{target.model}"' + (f" version {target.version}" if target.version else "")
    versions = [version for model, version in served if model == target.model]
    alternatives = f"version {_listed(versions)}" if versions else _listed(sorted({model for model, _ in served}))
    hint = f"; it serves {alternatives}" if alternatives else ""
    return f"the server at {target.url} does not serve {asked}: {words}{hint}"


def _listed(names: list[str], at_most: int = 10) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
