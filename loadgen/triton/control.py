"""The control plane: what the server says of itself, of the model, and of the work it has done."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import Self

from tritonclient.grpc import service_pb2

from loadgen.errors import ServerError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ModelVersion, ServerStatistics
from loadgen.triton.answers import model_from, not_served, statistics_from
from loadgen.triton.composition import Composition, composition_of
from loadgen.triton.configuration import Configuration, as_json, malformation
from loadgen.triton.questions import Message, Questions, RefusedError


class ControlPlane:
    """One model on one server, from outside the load. Safe to call from any thread; a context manager.

    Every call ends within the deadline of its questions, and raises ServerError with a sentence that says what to do.
    """

    def __init__(self, target: Target, questions: Questions) -> None:
        self._target = target
        self._model = (target.model, target.version)
        self._questions = questions

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._questions.close()

    def describe(self) -> Model:
        """Return what the server says of the model.

        Raises ServerError, also for a model that it is composed of, and ConfigError for a kind of model that loadgen
        cannot load yet.
        """
        _ = self._extensions  # the first question, which tells whether an inference server is there at all
        try:
            metadata = self._questions.model_metadata()
        except RefusedError as error:
            raise self._not_served(self._model, error) from error
        return model_from(metadata, self._config, self._composition)

    def statistics(self) -> ServerStatistics | None:
        """Return the counters of the version that serves, or None if the server keeps no statistics.

        Without a version in the target that is the highest one, as the server chooses (behaviour section 4). Of a model
        that is composed of others, theirs are read at the same time.
        """
        if "statistics" not in self._extensions:
            return None
        server = f"the server at {self._target.url}"
        ask = self._questions.all_statistics if self._composition.parts else self._questions.model_statistics
        try:
            statistics = statistics_from(ask().model_stats, self._composition)
        except RefusedError as error:
            raise ServerError(f"{server} no longer tells its statistics: {error}") from error
        if statistics is None:
            raise ServerError(f'{server} has no statistics of model "{self._target.model}"')
        return statistics

    @property
    def server(self) -> str:
        """The server's name and version. Raises ServerError where no server answers."""
        return f"{self._server.name} {self._server.version}"

    def configuration(self) -> Configuration:
        """Return the configuration that the model is served with now. Raises ServerError where there is none."""
        try:
            return as_json(self._questions.model_config(*self._model))
        except RefusedError as error:
            raise ServerError(
                f'the server at {self._target.url} tells no configuration of model "{self._target.model}": {error}'
            ) from error

    def load(self, configuration: Configuration) -> None:
        """Load the model with another configuration, and return when it is served with it.

        Raises RefusedError, with the server's words, when it does not take that.
        Raises ServerError when it does not answer, or loads no models on demand.
        """
        try:
            self._questions.load_model(json.dumps(configuration))
        except RefusedError as error:
            self._questions.server_metadata()  # raises ServerError when the refusal was that nobody is there
            words, _, _ = str(error).partition("\n\nAt:\n")  # a traceback of the Python backend
            if error.is_unknown or words.startswith("explicit model load"):
                raise ServerError(
                    f"the server at {self._target.url} does not load models on demand ({words}): "
                    "start Triton with --model-control-mode=explicit"
                ) from error
            # Of a field that it does not know, or a value of another type, Triton tells in its log alone.
            reasons = filter(None, (words, malformation(configuration)))
            raise RefusedError(": ".join(reasons), is_unknown=False) from error

    @contextmanager
    def traced(self, settings: Mapping[str, Sequence[str]]) -> Iterator[None]:
        """Have the server trace with these settings, all its models, and go back to the ones before.

        Raises ServerError when it does not take them.
        """
        before = self._trace_settings({})
        self._trace_settings(settings)
        try:
            yield
        finally:
            with suppress(ServerError):  # a server that is gone traces nothing any more
                self._trace_settings({name: before[name] for name in settings if name in before})

    def _trace_settings(self, changes: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        try:
            return self._questions.trace_settings(changes)
        except RefusedError as error:
            raise ServerError(
                f"the server at {self._target.url} does not trace as it is told: {error}; "
                "a Triton has to be started with --trace-config triton,file=FILE"
            ) from error

    def register_region(self, name: str, byte_size: int) -> None:
        """Have the server map a region of system shared memory. Raises ServerError when it does not."""
        try:
            self._questions.register_region(name, byte_size)
        except RefusedError as error:
            raise ServerError(
                f"the server at {self._target.url} does not take our shared memory: {error}; "
                "it has to be a Triton on this machine, under the same user or root, and in a container with --ipc=host"
            ) from error

    def unregister_region(self, name: str) -> None:
        """Have the server forget a region. Raises ServerError when it does not, or is gone."""
        try:
            self._questions.unregister_region(name)
        except RefusedError as error:
            raise ServerError(f'the server at {self._target.url} keeps the region "{name}": {error}') from error

    @cached_property
    def _extensions(self) -> frozenset[str]:
        """What the server can do beyond the KServe v2 protocol; raises ServerError where no server answers."""
        return frozenset(self._server.extensions)

    @cached_property
    def _server(self) -> Message:
        return self._questions.server_metadata()

    @cached_property
    def _config(self) -> Message:
        """Triton's configuration of the model; other servers have none, and an empty one says just that."""
        try:
            return self._questions.model_config(*self._model)
        except RefusedError as error:
            if error.is_unknown:
                return service_pb2.ModelConfigResponse().config
            raise self._not_served(self._model, error) from error

    @cached_property
    def _composition(self) -> Composition:
        called = self._target.composing_models
        return composition_of(self._model, self._config, config_of=self._config_of, called=called)

    def _config_of(self, model: ModelVersion) -> Message:
        """Return Triton's configuration of a composing model."""
        try:
            return self._questions.model_config(*model)
        except RefusedError as error:
            raise self._not_served(model, error) from error

    def _not_served(self, model: ModelVersion, error: RefusedError) -> ServerError:
        return ServerError(not_served(self._target.url, model, str(error), self._served()))

    def _served(self) -> list[ModelVersion]:
        """Return all that is ready; nothing where the server keeps no index."""
        try:
            return self._questions.served()
        except (RefusedError, ServerError):
            return []


def control_plane(target: Target, *, deadline_s: float = 10.0) -> ControlPlane:
    """Return the control plane of a target in its own protocol.

    Raises ConfigError for a TLS file or a header that cannot be used, and ServerError when the server's certificate has
    to be seen beforehand and cannot be.
    """
    return ControlPlane(target, _questions(target, deadline_s))


def _questions(target: Target, deadline_s: float) -> Questions:
    # Imported here, for neither needs what the other brings.
    if target.protocol == "http":
        from loadgen.triton.http_questions import HttpQuestions  # noqa: PLC0415

        return HttpQuestions(target, deadline_s=deadline_s)
    from loadgen.triton.grpc_questions import GrpcQuestions  # noqa: PLC0415

    return GrpcQuestions(target, deadline_s=deadline_s)
