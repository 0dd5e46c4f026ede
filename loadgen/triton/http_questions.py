"""The control plane over HTTP: the same questions as over gRPC, asked with nothing but the standard library.

Each question has a connection of its own, so that none waits behind the load, or fails for an old connection's sake.
"""

import json
import ssl
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Self

from google.protobuf.json_format import ParseDict, ParseError
from tritonclient.grpc import service_pb2

from loadgen.errors import ServerError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ServerStatistics
from loadgen.net.dial import dial, dial_tls
from loadgen.net.tls import ssl_context
from loadgen.triton.answers import Message, model_from, not_served, statistics_from
from loadgen.triton.http_diagnosis import why_not_answered, why_not_connected
from loadgen.triton.http_request import model_path
from loadgen.wire.kserve_http import header_fields, words_of

# What servers answer that do not know the path at all: RFC 9110 sections 15.5.5, 15.5.6 and 15.6.2.
_NO_SUCH_QUESTION = (404, 405, 501)


class _RefusedError(Exception):
    """The server answered with another status than 200."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class HttpControlPlane:
    """One model on one server, from outside the load. Safe to call from any thread; a context manager.

    A call waits for the server at most `deadline_s` at a time, and raises ServerError with a sentence that says what to
    do.
    """

    def __init__(self, target: Target, *, deadline_s: float = 10.0) -> None:
        self._target = target
        self._deadline_s = deadline_s
        self._prefix = target.endpoint.prefix
        self._fields = header_fields(target.endpoint.authority, target.headers)
        self._tls: ssl.SSLContext | None = None
        self._server_name: str | None = None
        if target.tls is not None:
            self._tls = ssl_context(target.tls, protocols=["http/1.1"])
            self._server_name = target.tls.server_name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: no connection stays open between two calls."""

    def describe(self) -> Model:
        """Return what the server says of the model.

        Raises ServerError, and ConfigError for a kind of model that loadgen cannot load yet.
        """
        _ = self._extensions  # the first question, which tells whether an inference server is there at all
        try:
            metadata = self._ask(model_path(self._target), service_pb2.ModelMetadataResponse())
            config = self._config()
        except _RefusedError as error:
            raise ServerError(not_served(self._target, str(error), self._served())) from error
        return model_from(metadata, config)

    def statistics(self) -> ServerStatistics | None:
        """Return the counters of the version that serves, or None if the server keeps no statistics.

        Without a version in the target that is the highest one, as the server chooses (behaviour section 4).
        """
        if "statistics" not in self._extensions:
            return None
        url = self._target.url
        try:
            reply = self._ask(f"{model_path(self._target)}/stats", service_pb2.ModelStatisticsResponse())
        except _RefusedError as error:
            raise ServerError(f"the server at {url} no longer tells its statistics: {error}") from error
        if not reply.model_stats:
            raise ServerError(f'the server at {url} has no statistics of model "{self._target.model}"')
        return statistics_from(reply.model_stats)

    @cached_property
    def _extensions(self) -> frozenset[str]:
        """What the server can do beyond the KServe v2 protocol; raises ServerError where no server answers."""
        path = f"{self._prefix}/v2"
        try:
            return frozenset(self._ask(path, service_pb2.ServerMetadataResponse()).extensions)
        except _RefusedError as error:
            url = self._target.url
            if error.status in _NO_SUCH_QUESTION:
                raise ServerError(
                    f"{url} speaks HTTP but is no inference server (it lacks {path} of KServe v2): {error}"
                ) from error
            raise ServerError(f"the server at {url} refuses to talk to us: {error}") from error

    def _config(self) -> Message:
        """Return Triton's configuration of the model; other servers have none, and an empty one says just that."""
        config = service_pb2.ModelConfigResponse().config
        try:
            return self._ask(f"{model_path(self._target)}/config", config)
        except _RefusedError as error:
            if error.status in _NO_SUCH_QUESTION:
                return config
            raise

    def _served(self) -> list[tuple[str, str]]:
        """Return (model, version) of all that is ready; nothing where the server keeps no index."""
        try:
            status, body = self._answer("POST", f"{self._prefix}/v2/repository/index", b'{"ready":true}')
            return [(entry["name"], entry.get("version", "")) for entry in json.loads(body)] if status == 200 else []
        except (ServerError, ValueError, LookupError, TypeError, AttributeError):
            return []

    def _ask(self, path: str, message: Message) -> Message:
        """GET `path` and fill the message with what comes. Raises _RefusedError, and ServerError without an answer."""
        status, body = self._answer("GET", path)
        if status != 200:
            raise _RefusedError(status, words_of(body) or f"HTTP status {status}")
        try:
            return ParseDict(json.loads(body), message, ignore_unknown_fields=True)
        except (ParseError, ValueError, TypeError, AttributeError) as error:
            raise ServerError(
                f"{self._target.url} is no inference server: its {path} is not that of KServe v2"
            ) from error

    def _answer(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Return the status and the body of an answer; raise ServerError when there is none."""
        connection = self._connect()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._fields:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            raise ServerError(why_not_answered(self._target, error)) from error
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        endpoint = self._target.endpoint
        connection = HTTPConnection(endpoint.host, endpoint.port)
        try:
            if self._tls is None:
                connection.sock = dial(endpoint, timeout_s=self._deadline_s)
            else:
                name = self._server_name
                connection.sock = dial_tls(endpoint, self._tls, timeout_s=self._deadline_s, server_name=name)
        except (OSError, UnicodeError) as error:
            raise ServerError(why_not_connected(self._target, error)) from error
        return connection
