"""One request and its response, as they travel on one HTTP/2 stream."""

from dataclasses import dataclass

from loadgen.wire.headers import Fields, Headers


@dataclass(frozen=True, eq=False)
class Request:
    """What to send: header fields, and a body that ends the stream. Made once, sent as often as wanted."""

    headers: Fields
    body: bytes


class Exchange:
    """One stream: what of the request is still unsent, and what has come of the response.

    `headers`, `body` and `trailers` are the response's; trailers equal headers when the response had no more than one
    block. `failure` says why the exchange ended without a whole response (None: it did not), with the error code of
    HTTP/2 in `error_code`. `unprocessed` promises that the server did nothing with the request (RFC 9113 section 8.7).
    `sent_ns` is for the owner of the connection to fill in: nobody here has a clock.
    """

    # What most exchanges never change stands in the class, so that starting one costs little.
    unsent: memoryview | None = None
    headers: Headers | None = None
    trailers: Headers | None = None
    failure: str | None = None
    error_code: int | None = None
    unprocessed = False
    sent_ns = 0

    def __init__(self, stream_id: int, send_window: int, receive_window: int) -> None:
        self.stream_id = stream_id
        self.send_window = send_window
        self.receive_window = receive_window
        self.body = bytearray()

    def __repr__(self) -> str:
        return f"<Exchange {self.stream_id} headers={self.headers} body={len(self.body)} B failure={self.failure!r}>"
