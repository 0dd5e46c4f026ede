"""One request and its response: what every protocol's connection takes and gives back."""

from dataclasses import dataclass
from typing import Any, Final

from loadgen.wire.headers import Fields, Headers

# Kinds of failures that are not a status of the server's.
TIMEOUT: Final = "timeout"
RESET: Final = "reset"
CONNECTION_LOST: Final = "connection lost"
BAD_REPLY: Final = "bad reply"
STREAM_ERROR: Final = "stream error"


@dataclass(frozen=True)
class Failure:
    """Why a request failed: the kind under which it is counted, and words for the user.

    The kind is the name of a gRPC status (`UNAVAILABLE`), an HTTP status (`HTTP 503`), or one of those above.
    """

    kind: str
    message: str = ""

    def __str__(self) -> str:
        return f"[{self.kind}] {self.message}" if self.message else f"[{self.kind}]"


@dataclass(frozen=True, eq=False)
class Request:
    """What to send: header fields, and a body that ends the stream. Made once, sent as often as wanted."""

    headers: Fields
    body: bytes


class Exchange:
    """One request on its way: what has come of the response, and how it ended.

    `headers`, `body` and `trailers` are the response's; trailers equal headers when the response had no more than one
    block. `failure` says why the exchange ended without a whole response (None: it did not). `unprocessed` promises
    that the server did nothing with the request, so that it may be sent again (RFC 9113 section 8.7). `sent_ns` is for
    the owner of the connection to fill in: nobody here has a clock. `end_ns`, where it is not 0, is the instant of the
    last of several responses that carries anything, which may come before the bytes that end the exchange.
    """

    # Slots, for the attributes of other instances move into a dictionary when many are open at a time (CPython 3.11).
    __slots__ = ("body", "end_ns", "failure", "headers", "request", "sent_ns", "trailers", "unprocessed")

    def __init__(self, request: Any) -> None:  # noqa: ANN401 - each protocol has a form of its own
        self.request = request
        self.headers: Headers | None = None
        self.body: bytes | bytearray = b""
        self.trailers: Headers | None = None
        self.failure: Failure | None = None
        self.unprocessed = False
        self.sent_ns = self.end_ns = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} headers={self.headers} body={len(self.body)} B failure={self.failure}>"

    def add_to_body(self, piece: bytes | memoryview) -> None:
        """Take one more piece of the body: most have a single one, which is kept as it came."""
        if isinstance(self.body, bytearray):
            self.body += piece
        else:
            self.body = bytearray(self.body) + piece if self.body else bytes(piece)
