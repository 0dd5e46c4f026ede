"""The questions over HTTP, asked with nothing but the standard library.

Each question has a connection of its own, so that none waits behind the load, or fails for an old connection's sake.
"""

import json
import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote

from google.protobuf.json_format import ParseDict, ParseError
from tritonclient.grpc import service_pb2

from loadgen.errors import ServerError
from loadgen.load.target import Target
from loadgen.net.dial import dial, dial_tls
from loadgen.net.tls import ssl_context
from loadgen.triton.http_diagnosis import why_not_answered, why_not_connected
from loadgen.triton.http_request import model_path, path_of_model
from loadgen.triton.questions import LOAD_DEADLINE_S, Message, RefusedError
from loadgen.wire.kserve_http import header_fields, words_of

# What servers answer that do not know the path at all: RFC 9110 sections 15.5.5, 15.5.6 and 15.6.2.
_NO_SUCH_QUESTION = (404, 405, 501)


class HttpQuestions:
    """The `Questions` over HTTP. A connection waits for the server at most `deadline_s` at a time.

    Raises ConfigError for a TLS file or a header that cannot be used.
    """

    def __init__(self, target: Target, *, deadline_s: float) -> None:
        self._target = target
        self._deadline_s = deadline_s
        self._prefix = target.endpoint.prefix
        self._fields = header_fields(target.endpoint.authority, target.headers)
        self._tls: ssl.SSLContext | None = None
        self._server_name: str | None = None
        if target.tls is not None:
            self._tls = ssl_context(target.tls, protocols=["http/1.1"])
            self._server_name = target.tls.server_name

    def close(self) -> None:
        """Do nothing: no connection stays open between two questions."""

    def server_metadata(self) -> Message:
        """Return a ServerMetadataResponse; raise ServerError where no inference server is there."""
        path, url = f"{self._prefix}/v2", self._target.url
        try:
            return self._ask(path, service_pb2.ServerMetadataResponse())
        except RefusedError as error:
            if error.is_unknown:
                words = f"{url} speaks HTTP but is no inference server (it lacks {path} of KServe v2): {error}"
                raise ServerError(words) from error
            raise ServerError(f"the server at {url} refuses to talk to us: {error}") from error

    def model_metadata(self) -> Message:
        """Return the ModelMetadataResponse of the model."""
        return self._ask(model_path(self._target), service_pb2.ModelMetadataResponse())

    def model_config(self, name: str, version: str) -> Message:
        """Return the ModelConfig of any model; without a version, of the one that the server chooses."""
        path = f"{path_of_model(self._target, name, version)}/config"
        return self._ask(path, service_pb2.ModelConfigResponse().config)

    def model_statistics(self) -> Message:
        """Return the ModelStatisticsResponse of the model."""
        return self._ask(f"{model_path(self._target)}/stats", service_pb2.ModelStatisticsResponse())

    def all_statistics(self) -> Message:
        """Return the ModelStatisticsResponse of all models."""
        return self._ask(f"{self._prefix}/v2/models/stats", service_pb2.ModelStatisticsResponse())

    def served(self) -> list[tuple[str, str]]:
        """Return (model, version) of all that is ready."""
        status, body = self._answer("POST", f"{self._prefix}/v2/repository/index", b'{"ready":true}')
        try:
            return [(entry["name"], entry.get("version", "")) for entry in json.loads(body)] if status == 200 else []
        except (ValueError, LookupError, TypeError, AttributeError):
            return []

    def load_model(self, config: str) -> None:
        """Load the model with this configuration."""
        path = f"{self._prefix}/v2/repository/models/{quote(self._target.model, safe='')}/load"
        body = json.dumps({"parameters": {"config": config}}).encode()
        _require_ok(*self._answer("POST", path, body, deadline_s=LOAD_DEADLINE_S))

    def trace_settings(self, changes: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Change some of the settings of the traces; return all of them."""
        # The levels are a list, and everything else is a text.
        asked = {name: values if name == "trace_level" else values[0] for name, values in changes.items()}
        body = json.dumps(asked).encode() if asked else b""
        status, answer = self._answer("POST" if asked else "GET", f"{self._prefix}/v2/trace/setting", body)
        _require_ok(status, answer)
        return {name: (value,) if isinstance(value, str) else value for name, value in json.loads(answer).items()}

    def register_region(self, name: str, byte_size: int) -> None:
        """Have the server map a region of system shared memory."""
        body = json.dumps({"key": f"/{name}", "offset": 0, "byte_size": byte_size}).encode()
        _require_ok(*self._answer("POST", f"{self._prefix}/v2/systemsharedmemory/region/{name}/register", body))

    def unregister_region(self, name: str) -> None:
        """Have the server forget a region."""
        path = f"{self._prefix}/v2/systemsharedmemory/region/{name}/unregister"
        _require_ok(*self._answer("POST", path))

    def _ask(self, path: str, message: Message) -> Message:
        """GET `path` and fill the message with what comes."""
        status, body = self._answer("GET", path)
        _require_ok(status, body)
        try:
            return ParseDict(json.loads(body), message, ignore_unknown_fields=True)
        except (ParseError, ValueError, TypeError, AttributeError) as error:
            raise ServerError(
                f"{self._target.url} is no inference server: its {path} is not that of KServe v2"
            ) from error

    def _answer(
        self, method: str, path: str, body: bytes = b"", *, deadline_s: float | None = None
    ) -> tuple[int, bytes]:
        """Return the status and the body of an answer; raise ServerError when there is none."""
        connection = self._connect(self._deadline_s if deadline_s is None else deadline_s)
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

    def _connect(self, deadline_s: float) -> HTTPConnection:
        endpoint = self._target.endpoint
        connection = HTTPConnection(endpoint.host, endpoint.port)
        try:
            if self._tls is None:
                connection.sock = dial(endpoint, timeout_s=deadline_s)
            else:
                name = self._server_name
                connection.sock = dial_tls(endpoint, self._tls, timeout_s=deadline_s, server_name=name)
        except (OSError, UnicodeError) as error:
            raise ServerError(why_not_connected(self._target, error)) from error
        return connection


def _require_ok(status: int, body: bytes) -> None:
    if status != 200:
        raise RefusedError(words_of(body) or f"HTTP status {status}", is_unknown=status in _NO_SUCH_QUESTION)
