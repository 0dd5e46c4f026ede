"""gRPC over HTTP/2: a message to a Request, an Exchange to a status.

Rules from the gRPC project's "gRPC over HTTP2" protocol document; sections named below are its headings.
"""

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from urllib.parse import unquote_to_bytes

from loadgen.version import __version__
from loadgen.wire.exchange import Exchange, Request
from loadgen.wire.frames import ErrorCode

# Length-Prefixed-Message: one byte "compressed?", four bytes of length.
MESSAGE_PREFIX = Struct(">BI")


class StatusCode(IntEnum):
    """How a call ended."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


# "Responses": a code outside the list is UNKNOWN.
_OF_CODE = {b"%d" % code: code for code in StatusCode}
# "HTTP2 Transport Mapping", section Errors.
_OF_RESET: dict[int | None, StatusCode] = {
    ErrorCode.REFUSED_STREAM: StatusCode.UNAVAILABLE,
    ErrorCode.CANCEL: StatusCode.CANCELLED,
    ErrorCode.ENHANCE_YOUR_CALM: StatusCode.RESOURCE_EXHAUSTED,
    ErrorCode.INADEQUATE_SECURITY: StatusCode.PERMISSION_DENIED,
}
# "HTTP to gRPC Status Code Mapping", for answers that come from a proxy.
_OF_HTTP = {
    b"400": StatusCode.INTERNAL,
    b"401": StatusCode.UNAUTHENTICATED,
    b"403": StatusCode.PERMISSION_DENIED,
    b"404": StatusCode.UNIMPLEMENTED,
    b"429": StatusCode.UNAVAILABLE,
    b"502": StatusCode.UNAVAILABLE,
    b"503": StatusCode.UNAVAILABLE,
    b"504": StatusCode.UNAVAILABLE,
}


@dataclass(frozen=True)
class Status:
    """The end of a call: its code, and the server's words when it is not OK."""

    code: StatusCode
    message: str = ""

    def __str__(self) -> str:
        return f"[{self.code.name}] {self.message}" if self.message else f"[{self.code.name}]"


OK = Status(StatusCode.OK)
_NOT_ONE_MESSAGE = Status(StatusCode.INTERNAL, "the reply is not one whole, uncompressed message")


def unary_request(authority: str, path: str, message: bytes) -> Request:
    """Return the request of a unary call of `path` (`/package.Service/Method`) with a serialised message."""
    headers = (
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", path.encode()),
        (b":authority", authority.encode()),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        (b"user-agent", b"loadgen/" + __version__.encode()),
    )
    return Request(headers, MESSAGE_PREFIX.pack(0, len(message)) + message)


def status_of(exchange: Exchange) -> Status:
    """Return how a unary call ended. A reply of OK without exactly one whole message is not OK."""
    if exchange.failure is not None:
        return _status_of_failure(exchange, exchange.failure)
    trailers = exchange.trailers or {}
    code = trailers.get(b"grpc-status")
    if code == b"0":
        body = exchange.body
        size = len(body) - MESSAGE_PREFIX.size
        is_one_message = size >= 0 and MESSAGE_PREFIX.unpack_from(body) == (0, size)
        return OK if is_one_message else _NOT_ONE_MESSAGE
    if code is None:
        return _status_without_code(exchange)
    message = unquote_to_bytes(trailers.get(b"grpc-message", b"")).decode(errors="replace")
    return Status(_OF_CODE.get(code, StatusCode.UNKNOWN), message)


def _status_of_failure(exchange: Exchange, failure: str) -> Status:
    if exchange.unprocessed:
        return Status(StatusCode.UNAVAILABLE, failure)
    return Status(_OF_RESET.get(exchange.error_code, StatusCode.INTERNAL), failure)


def _status_without_code(exchange: Exchange) -> Status:
    http_status = (exchange.headers or {}).get(b":status", b"")
    if http_status == b"200":
        return Status(StatusCode.UNKNOWN, "the reply carries no grpc-status")
    return Status(
        _OF_HTTP.get(http_status, StatusCode.UNKNOWN), f"the server answered with HTTP status {http_status.decode()}"
    )
