"""The control plane: what the server says of itself, of the model, and of the work it has done.

These calls go through grpcio on a connection of their own, so that they never wait behind the load.
"""

from functools import cached_property
from types import TracebackType
from typing import Any, Self

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from loadgen.errors import ConfigError, ServerError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.tensors import TensorSpec
from loadgen.measure.server_statistics import ServerStatistics, Spent
from loadgen.triton.diagnosis import why_unreachable

Message = Any
"""A protobuf message; those of tritonclient carry no types."""

_CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),  # the load itself goes straight to the server, so these calls do too
]


class ControlPlane:
    """One model on one server, from outside the load. Safe to call from any thread; a context manager.

    Every call ends within `deadline_s`, and raises ServerError with a sentence that says what to do.
    """

    def __init__(self, target: Target, *, deadline_s: float = 10.0) -> None:
        self._target = target
        self._deadline_s = deadline_s
        self._channel = grpc.insecure_channel(target.url, options=_CHANNEL_OPTIONS)
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def describe(self) -> Model:
        """Return what the server says of the model.

        Raises ServerError, and ConfigError for a kind of model that loadgen cannot load yet.
        """
        name, version = self._target.model, self._target.version
        _ = self._extensions  # the first question, which tells whether an inference server is there at all
        try:
            metadata = self._call("ModelMetadata", service_pb2.ModelMetadataRequest(name=name, version=version))
            config = self._config()
        except grpc.RpcError as error:
            raise ServerError(self._model_is_refused(error)) from error
        return model_from(metadata, config)

    def statistics(self) -> ServerStatistics | None:
        """Return the counters of the version that serves, or None if the server keeps no statistics.

        Without a version in the target that is the highest one, as the server chooses (behaviour section 4).
        """
        if "statistics" not in self._extensions:
            return None
        name, version = self._target.model, self._target.version
        try:
            reply = self._call("ModelStatistics", service_pb2.ModelStatisticsRequest(name=name, version=version))
        except grpc.RpcError as error:
            words = f"the server at {self._target.url} no longer tells its statistics: {_words(error)}"
            raise ServerError(words) from error
        if not reply.model_stats:
            raise ServerError(f'the server at {self._target.url} has no statistics of model "{name}"')
        # By length first, so that version 10 is higher than 9; other servers have versions that are not numbers.
        return statistics_from(max(reply.model_stats, key=lambda entry: (len(entry.version), entry.version)))

    @cached_property
    def _extensions(self) -> frozenset[str]:
        """What the server can do beyond the KServe v2 protocol; raises ServerError where no server answers."""
        try:
            return frozenset(self._call("ServerMetadata", service_pb2.ServerMetadataRequest()).extensions)
        except grpc.RpcError as error:
            raise ServerError(why_unreachable(self._target.url, error.code().name, _words(error))) from error

    def _config(self) -> Message:
        """Return Triton's configuration of the model; other servers have none, and an empty one says just that."""
        request = service_pb2.ModelConfigRequest(name=self._target.model, version=self._target.version)
        try:
            return self._call("ModelConfig", request).config
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                return service_pb2.ModelConfigResponse().config
            raise

    def _call(self, method: str, request: Message) -> Message:
        return getattr(self._stub, method)(request, timeout=self._deadline_s)

    def _model_is_refused(self, error: grpc.RpcError) -> str:
        """Return the server's words, followed by what it could have been asked for."""
        name, version, served = self._target.model, self._target.version, self._served()
        asked = f'model "{name}"' + (f" version {version}" if version else "")
        versions = [version for model, version in served if model == name]
        alternatives = f"version {_listed(versions)}" if versions else _listed(sorted({model for model, _ in served}))
        hint = f"; it serves {alternatives}" if alternatives else ""
        return f"the server at {self._target.url} does not serve {asked}: {_words(error)}{hint}"

    def _served(self) -> list[tuple[str, str]]:
        """Return (model, version) of all that is ready; nothing where the server keeps no index."""
        try:
            index = self._call("RepositoryIndex", service_pb2.RepositoryIndexRequest(ready=True))
        except grpc.RpcError:
            return []
        return [(entry.name, entry.version) for entry in index.models]


def model_from(metadata: Message, config: Message) -> Model:
    """Return the model of a ModelMetadataResponse and a ModelConfig; raise ConfigError if it cannot be loaded yet."""
    name = metadata.name
    if config.model_transaction_policy.decoupled:
        raise ConfigError(f'model "{name}" is decoupled (many responses to a request), which loadgen cannot do yet')
    if config.HasField("sequence_batching"):
        raise ConfigError(f'model "{name}" takes sequences of requests, which loadgen cannot send yet')
    for tensor in config.input:
        if tensor.is_shape_tensor:
            raise ConfigError(f'input "{tensor.name}" of "{name}" is a shape tensor, which loadgen cannot make yet')
    return Model(
        name=name,
        max_batch_size=config.max_batch_size,
        inputs=_specs(metadata.inputs, batched=config.max_batch_size > 0),
        outputs=_specs(metadata.outputs, batched=config.max_batch_size > 0),
    )


def _specs(tensors: Message, *, batched: bool) -> tuple[TensorSpec, ...]:
    """Return the tensors in alphabetical order, without the batch dimension that comes first where there is one."""
    specs = (TensorSpec(one.name, one.datatype, tuple(one.shape[1:] if batched else one.shape)) for one in tensors)
    return tuple(sorted(specs, key=lambda spec: spec.name))


def statistics_from(entry: Message) -> ServerStatistics:
    """Return the counters of a ModelStatistics message."""
    durations = ("success", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss")
    spent = {name: getattr(entry.inference_stats, name) for name in durations}
    return ServerStatistics(
        inference_count=entry.inference_count,
        execution_count=entry.execution_count,
        **{name: Spent(duration.count, duration.ns) for name, duration in spent.items()},
    )


def _words(error: grpc.RpcError) -> str:
    """Return what the server said; without a word, the name of the status."""
    return str(error.details() or error.code().name)


def _listed(names: list[str], at_most: int = 10) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
