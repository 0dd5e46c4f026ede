"""The questions over gRPC, through grpcio on a connection of its own, so that none waits behind the load."""

from collections.abc import Mapping, Sequence

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from loadgen.errors import ServerError
from loadgen.load.target import Target
from loadgen.net.grpcio_channel import metadata_of, open_channel, security_of
from loadgen.triton.diagnosis import why_unreachable
from loadgen.triton.questions import LOAD_DEADLINE_S, Message, RefusedError


class GrpcQuestions:
    """The `Questions` over gRPC. Raises ConfigError for a TLS file or a header that cannot be used."""

    def __init__(self, target: Target, *, deadline_s: float) -> None:
        self._target = target
        self._model = {"name": target.model, "version": target.version}
        self._deadline_s = deadline_s
        self._metadata = metadata_of(target.headers)
        self._channel = open_channel(grpc, target, security_of(target))
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def server_metadata(self) -> Message:
        """Return a ServerMetadataResponse; raise ServerError where no inference server is there."""
        try:
            return self._call("ServerMetadata", service_pb2.ServerMetadataRequest())
        except grpc.RpcError as error:
            raise ServerError(why_unreachable(self._target, error.code().name, _words(error))) from error

    def model_metadata(self) -> Message:
        """Return the ModelMetadataResponse of the model."""
        return self._ask("ModelMetadata", service_pb2.ModelMetadataRequest(**self._model))

    def model_config(self, name: str, version: str) -> Message:
        """Return the ModelConfig of any model; without a version, of the one that the server chooses."""
        return self._ask("ModelConfig", service_pb2.ModelConfigRequest(name=name, version=version)).config

    def model_statistics(self) -> Message:
        """Return the ModelStatisticsResponse of the model."""
        return self._ask("ModelStatistics", service_pb2.ModelStatisticsRequest(**self._model))

    def all_statistics(self) -> Message:
        """Return the ModelStatisticsResponse of all models."""
        return self._ask("ModelStatistics", service_pb2.ModelStatisticsRequest())

    def served(self) -> list[tuple[str, str]]:
        """Return (model, version) of all that is ready."""
        index = self._ask("RepositoryIndex", service_pb2.RepositoryIndexRequest(ready=True))
        return [(entry.name, entry.version) for entry in index.models]

    def load_model(self, config: str) -> None:
        """Load the model with this configuration."""
        request = service_pb2.RepositoryModelLoadRequest(model_name=self._target.model)
        request.parameters["config"].string_param = config
        self._ask("RepositoryModelLoad", request, deadline_s=LOAD_DEADLINE_S)

    def trace_settings(self, changes: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Change some of the settings of the traces; return all of them."""
        request = service_pb2.TraceSettingRequest()
        for name, values in changes.items():
            request.settings[name].value.extend(values)
        settings = self._ask("TraceSetting", request).settings
        return {name: tuple(setting.value) for name, setting in settings.items()}

    def register_region(self, name: str, byte_size: int) -> None:
        """Have the server map a region of system shared memory."""
        request = service_pb2.SystemSharedMemoryRegisterRequest(name=name, key=f"/{name}", byte_size=byte_size)
        self._ask("SystemSharedMemoryRegister", request)

    def unregister_region(self, name: str) -> None:
        """Have the server forget a region."""
        self._ask("SystemSharedMemoryUnregister", service_pb2.SystemSharedMemoryUnregisterRequest(name=name))

    def _ask(self, method: str, request: Message, *, deadline_s: float | None = None) -> Message:
        try:
            return self._call(method, request, deadline_s=deadline_s)
        except grpc.RpcError as error:
            is_unknown = error.code() is grpc.StatusCode.UNIMPLEMENTED
            raise RefusedError(_words(error), is_unknown=is_unknown) from error

    def _call(self, method: str, request: Message, *, deadline_s: float | None = None) -> Message:
        timeout_s = self._deadline_s if deadline_s is None else deadline_s
        return getattr(self._stub, method)(request, timeout=timeout_s, metadata=self._metadata)


def _words(error: grpc.RpcError) -> str:
    """Return what the server said; without a word, the name of the status."""
    return str(error.details() or error.code().name)
