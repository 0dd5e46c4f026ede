"""The control plane over gRPC, through grpcio on a connection of its own, so that it never waits behind the load."""

from functools import cached_property
from types import TracebackType
from typing import Self

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from loadgen.errors import ServerError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.net.grpcio_channel import metadata_of, open_channel, security_of
from loadgen.triton.answers import Message, model_from, not_served, statistics_from
from loadgen.triton.diagnosis import why_unreachable


class GrpcControlPlane:
    """One model on one server, from outside the load. Safe to call from any thread; a context manager.

    Every call ends within `deadline_s`, and raises ServerError with a sentence that says what to do. Raises ConfigError
    for a TLS file or a header that cannot be used.
    """

    def __init__(self, target: Target, *, deadline_s: float = 10.0) -> None:
        self._target = target
        self._deadline_s = deadline_s
        self._metadata = metadata_of(target.headers)
        self._channel = open_channel(grpc, target, security_of(target))
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
            raise ServerError(not_served(self._target, _words(error), self._served())) from error
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
        return statistics_from(reply.model_stats)

    @cached_property
    def _extensions(self) -> frozenset[str]:
        """What the server can do beyond the KServe v2 protocol; raises ServerError where no server answers."""
        try:
            return frozenset(self._call("ServerMetadata", service_pb2.ServerMetadataRequest()).extensions)
        except grpc.RpcError as error:
            raise ServerError(why_unreachable(self._target, error.code().name, _words(error))) from error

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
        return getattr(self._stub, method)(request, timeout=self._deadline_s, metadata=self._metadata)

    def _served(self) -> list[tuple[str, str]]:
        """Return (model, version) of all that is ready; nothing where the server keeps no index."""
        try:
            index = self._call("RepositoryIndex", service_pb2.RepositoryIndexRequest(ready=True))
        except grpc.RpcError:
            return []
        return [(entry.name, entry.version) for entry in index.models]


def _words(error: grpc.RpcError) -> str:
    """Return what the server said; without a word, the name of the status."""
    return str(error.details() or error.code().name)
