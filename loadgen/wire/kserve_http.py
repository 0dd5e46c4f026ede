"""KServe v2 inference over HTTP/1.1: a body to an Http1Request, an Exchange to its failure.

A request and its reply are JSON; with the binary tensor extension the raw tensors follow it, and the header field
Inference-Header-Content-Length says where the JSON ends (behaviour section 9.2).
"""

import json
from typing import Final

from loadgen.errors import ConfigError
from loadgen.version import __version__
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.http1 import Http1Request

JSON_LENGTH: Final = "Inference-Header-Content-Length"

TextFields = tuple[tuple[str, str], ...]
"""Header fields to send, as text."""

_FRAMING = ("Content-Length", "Transfer-Encoding", JSON_LENGTH)
_MOST_WORDS = 200


def infer_request(
    authority: str, path: str, json_part: bytes, tensors: bytes = b"", *, headers: TextFields = ()
) -> Http1Request:
    """Return the POST of an inference request to `path` on `authority` (`host:port`), with the user's `headers`.

    Raises ConfigError for one of those that cannot be sent.
    """
    body = json_part + tensors
    media_type = "application/octet-stream" if tensors else "application/json"
    own = ((JSON_LENGTH, str(len(json_part))), ("Content-Type", media_type))
    fields = (*header_fields(authority, headers, own=own), ("Content-Length", str(len(body))))
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
    return Http1Request("\r\n".join(lines).encode(), body)


def header_fields(authority: str, headers: TextFields, *, own: TextFields = ()) -> TextFields:
    """Return the fields of a request to `authority`: those of every request, its `own`, and the user's `headers`.

    A field of the user's takes the place of ours, as in curl. Raises ConfigError for one that says how long the request
    is.
    """
    ours = (("Host", authority), ("User-Agent", f"loadgen/{__version__}"), ("Accept", "*/*"), *own)
    given = {name.lower() for name, _ in headers}
    for name in _FRAMING:
        if name.lower() in given:
            raise ConfigError(f"-H {name}: loadgen itself says how long a request is")
    return (*(field for field in ours if field[0].lower() not in given), *headers)


def failure_of(exchange: Exchange) -> Failure | None:
    """Return why an inference failed, in the server's words where it has any; None for a good reply (status 200)."""
    if exchange.failure is not None:
        return exchange.failure
    headers = exchange.headers or {}
    status = headers.get(b":status", b"")
    if status == b"200":
        return None
    return Failure(f"HTTP {status.decode()}", words_of(exchange.body) or headers.get(b":reason", b"").decode("latin-1"))


def words_of(body: bytes | bytearray) -> str:
    """Return what the body says: the error of a KServe server, else the beginning of the text, on one line."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return " ".join(body[: 4 * _MOST_WORDS].decode(errors="replace").split())[:_MOST_WORDS]
    return str(error)
