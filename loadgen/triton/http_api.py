"""The few questions that are asked of a server over HTTP, with nothing but the standard library."""

import json
from http.client import HTTPConnection, HTTPException

from loadgen.errors import ServerError

_TIMEOUT_S = 5.0


def answers(url: str, path: str) -> bool:
    """Return whether the server at `url` (`host:port`) answers a GET of `path` with status 200."""
    try:
        _ask(url, "GET", path)
    except (OSError, HTTPException):
        return False
    return True


def ready_models(url: str) -> tuple[str, ...]:
    """Return the names of the models that are ready, sorted; raise ServerError if the server does not tell."""
    try:
        index = json.loads(_ask(url, "POST", "/v2/repository/index", b'{"ready": true}'))
    except (OSError, HTTPException) as error:
        raise ServerError(f"Triton at {url} does not name its models: {error}") from error
    return tuple(sorted({model["name"] for model in index}))


def _ask(url: str, method: str, path: str, body: bytes | None = None) -> bytes:
    connection = HTTPConnection(url, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        if response.status != 200:
            raise HTTPException(f"status {response.status} for {path}")
        return response.read()
    finally:
        connection.close()
