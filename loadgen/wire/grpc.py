"""gRPC over HTTP/2: a message to a Request, an Exchange to a Failure or None.

Rules from the gRPC project's "gRPC over HTTP2" protocol document; sections named below are its headings.
"""

import math
import re
import zlib
from base64 import b64encode
from collections.abc import Iterable
from struct import Struct
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from loadgen.errors import ConfigError, RemoteProtocolError
from loadgen.version import __version__
from loadgen.wire.exchange import BAD_REPLY, Exchange, Failure, Request
from loadgen.wire.headers import Fields, Headers

Compression = Literal["gzip", "deflate"]

# Length-Prefixed-Message: one byte "compressed?", four bytes of length.
MESSAGE_PREFIX = Struct(">BI")
_PREFIX_SIZE, _unpack_prefix = MESSAGE_PREFIX.size, MESSAGE_PREFIX.unpack_from
# A small reply that inflates to more than this is an attack or a defect.
MAX_INFLATED = 2**28

# "Responses": a code outside the list is UNKNOWN.
_NAME_OF_CODE = {
    b"%d" % code: name
    for code, name in enumerate(
        (
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED",
        )
    )
}
# "HTTP to gRPC Status Code Mapping", for answers that come from a proxy.
_NAME_OF_HTTP_STATUS = {
    b"400": "INTERNAL",
    b"401": "UNAUTHENTICATED",
    b"403": "PERMISSION_DENIED",
    b"404": "UNIMPLEMENTED",
    b"429": "UNAVAILABLE",
    b"502": "UNAVAILABLE",
    b"503": "UNAVAILABLE",
    b"504": "UNAVAILABLE",
}

# "Message-Encoding": gzip has a header of its own (RFC 1952), deflate means the zlib format (RFC 1950).
_WINDOW_BITS: dict[bytes, int] = {b"gzip": 16 + zlib.MAX_WBITS, b"deflate": zlib.MAX_WBITS}

# "Timeout": units from fine to coarse, by their nanoseconds.
_TIMEOUT_UNITS = (
    (b"n", 1),
    (b"u", 10**3),
    (b"m", 10**6),
    (b"S", 10**9),
    (b"M", 60 * 10**9),
    (b"H", 3600 * 10**9),
)
_MAX_TIMEOUT_VALUE = 99_999_999

# "Custom-Metadata": what may be in it, and the names that belong to the protocol.
_METADATA_NAME: Final = re.compile(r"[0-9a-z_.-]+")
_METADATA_VALUE: Final = re.compile(r"[ -~]*")
_RESERVED: Final = frozenset(
    (
        "connection",
        "content-type",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    )
)


# The request.


def call_headers(  # noqa: PLR0913 - each is a header field or two; callers name them
    authority: str,
    path: str,
    *,
    scheme: str = "http",
    metadata: Iterable[tuple[str, str]] = (),
    timeout_s: float | None = None,
    compression: Compression | None = None,
) -> Fields:
    """Return the header fields of a call of `path` (`/package.Service/Method`); "Requests" gives their order.

    `metadata` are pairs of name and value as the user wrote them; ConfigError if gRPC cannot carry one. `timeout_s` is
    the deadline that the server is told; `compression` that of the messages, which the caller is to compress.
    """
    return (
        (b":method", b"POST"),
        (b":scheme", scheme.encode()),
        (b":path", path.encode()),
        (b":authority", authority.encode()),
        (b"te", b"trailers"),
        *([] if timeout_s is None else [(b"grpc-timeout", _timeout(timeout_s))]),
        (b"content-type", b"application/grpc"),
        *([] if compression is None else [(b"grpc-encoding", compression.encode())]),
        (b"grpc-accept-encoding", b"identity, deflate, gzip"),
        (b"user-agent", b"loadgen/" + __version__.encode()),
        *(metadata_field(name, value) for name, value in metadata),
    )


def unary_request(headers: Fields, message: bytes, *, compression: Compression | None = None) -> Request:
    """Return the request of a unary call: these headers, and a serialised message, which is compressed here and now."""
    return Request(headers, framed(message, compression))


def framed(message: bytes, compression: Compression | None = None) -> bytes:
    """Return a Length-Prefixed-Message."""
    if compression is None:
        return MESSAGE_PREFIX.pack(0, len(message)) + message
    compressor = zlib.compressobj(wbits=_WINDOW_BITS[compression.encode()])
    message = compressor.compress(message) + compressor.flush()
    return MESSAGE_PREFIX.pack(1, len(message)) + message


def _timeout(timeout_s: float) -> bytes:
    """Return a TimeoutValue of at most eight digits in the finest unit that holds it, and the unit; never less."""
    timeout_ns = math.ceil(timeout_s * 10**9)
    for unit, unit_ns in _TIMEOUT_UNITS:
        value = -(-timeout_ns // unit_ns)
        if value <= _MAX_TIMEOUT_VALUE:
            return b"%d%b" % (value, unit)
    return b"%dH" % _MAX_TIMEOUT_VALUE


def metadata_field(name: str, value: str) -> tuple[bytes, bytes]:
    """Return the header field of one piece of metadata. Raises ConfigError if gRPC cannot carry it."""
    key, text = name.strip().lower(), value.strip(" ")
    if not _METADATA_NAME.fullmatch(key):
        raise ConfigError(f"-H {name}:{value}: a name in gRPC metadata is made of letters, digits, '_', '-' and '.'")
    if key in _RESERVED or key.startswith("grpc-"):
        raise ConfigError(f"-H {name}:{value}: gRPC itself sets {key}")
    if key.endswith("-bin"):
        # Any bytes are allowed, as base64 without padding.
        return key.encode(), b64encode(text.encode()).rstrip(b"=")
    if not _METADATA_VALUE.fullmatch(text):
        raise ConfigError(f"-H {name}:{value}: a value in gRPC metadata is made of printable ASCII characters")
    return key.encode(), text.encode()


# The response.


def failure_of(exchange: Exchange) -> Failure | None:
    """Return why a unary call failed; None is a good reply: status OK and exactly one whole message."""
    if exchange.failure is not None:
        return exchange.failure
    trailers, body = exchange.trailers, exchange.body
    if not trailers or trailers.get(b"grpc-status") != b"0":
        return failure_of_status(exchange.headers or {}, trailers or {})
    size = len(body) - _PREFIX_SIZE
    if size >= 0 and _unpack_prefix(body) == (0, size):
        return None
    try:
        message_of(exchange)
    except RemoteProtocolError as error:
        return Failure(BAD_REPLY, str(error))
    return None


def message_of(exchange: Exchange) -> bytes:
    """Return the message of a good reply, decompressed. Raises RemoteProtocolError when there is not exactly one."""
    body = memoryview(exchange.body)
    size = len(body) - MESSAGE_PREFIX.size
    is_compressed, length = MESSAGE_PREFIX.unpack_from(body) if size >= 0 else (0, -1)
    if length != size:
        raise RemoteProtocolError("the reply is not one whole message")
    return decoded(is_compressed, bytes(body[MESSAGE_PREFIX.size :]), exchange.headers or {})


def decoded(is_compressed: int, message: bytes, headers: Headers) -> bytes:
    """Return a message as it was before compression. Raises RemoteProtocolError when that cannot be known."""
    if not is_compressed:
        return message
    encoding = headers.get(b"grpc-encoding", b"identity")
    if is_compressed != 1 or encoding not in _WINDOW_BITS:
        raise RemoteProtocolError(f"the reply is compressed in an unknown way ({encoding.decode(errors='replace')})")
    return _inflated(message, encoding)


def _inflated(message: bytes, encoding: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=_WINDOW_BITS[encoding])
    try:
        inflated = inflater.decompress(message, MAX_INFLATED)
    except zlib.error as error:
        raise RemoteProtocolError(f"the reply cannot be decompressed ({encoding.decode()})") from error
    if not inflater.eof and len(inflated) >= MAX_INFLATED:
        raise RemoteProtocolError(f"the reply is of more than {MAX_INFLATED} bytes when decompressed")
    if not inflater.eof or inflater.unused_data:
        raise RemoteProtocolError(f"the reply cannot be decompressed ({encoding.decode()})")
    return inflated


def failure_of_status(headers: Headers, trailers: Headers) -> Failure:
    """Return the failure that the end of a call's response means, which is not status OK ("Responses")."""
    code = trailers.get(b"grpc-status")
    if code is not None:
        message = unquote_to_bytes(trailers.get(b"grpc-message", b"")).decode(errors="replace")
        return Failure(_NAME_OF_CODE.get(code, "UNKNOWN"), message)
    http_status = headers.get(b":status", b"")
    if http_status == b"200":
        return Failure("UNKNOWN", "the reply carries no grpc-status")
    name = _NAME_OF_HTTP_STATUS.get(http_status, "UNKNOWN")
    return Failure(name, f"the server answered with HTTP status {http_status.decode()}")
