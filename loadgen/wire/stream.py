"""An exchange on a stream of HTTP/2."""

from loadgen.wire.exchange import Exchange, Request

# A load generator must never be the one that slows a stream down, so the window is wide.
STREAM_WINDOW = 2**24


class Stream(Exchange):
    """An exchange, with what of the request is still unsent and the windows of both directions.

    `unsent` is None once nothing more will be sent. A stream that `stays_open` is given the request's body piece by
    piece; it has nothing unsent between two pieces, but `unsent` is not None before the end is sent.
    """

    __slots__ = ("receive_window", "send_window", "stays_open", "stream_id", "unsent")

    def __init__(self, request: Request, stream_id: int, send_window: int) -> None:
        # First what Exchange does, without the cost of calling it for every request.
        self.request = request
        self.headers = self.trailers = self.failure = None
        self.body = b""
        self.unprocessed = self.stays_open = False
        self.sent_ns = self.end_ns = 0
        self.unsent: memoryview | None = None
        self.receive_window = STREAM_WINDOW
        self.stream_id = stream_id
        self.send_window = send_window

    @property
    def takes_more(self) -> bool:
        """Whether more of the request may be given now: the stream stays open, and all of it so far is sent."""
        return self.stays_open and self.unsent is not None and not self.unsent
