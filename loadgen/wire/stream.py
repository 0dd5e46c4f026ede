"""An exchange on a stream of HTTP/2."""

from loadgen.wire.exchange import Exchange, Request

# A load generator must never be the one that slows a stream down, so the window is wide.
STREAM_WINDOW = 2**24


class Stream(Exchange):
    """An exchange, with what of the request is still unsent and the windows of both directions.

    `unsent` is None once nothing more will be sent. A stream that `stays_open` is given the request's body piece by
    piece; it has nothing unsent between two pieces, but `unsent` is not None before the end is sent.
    """

    unsent: memoryview | None = None
    stays_open = False
    receive_window = STREAM_WINDOW

    def __init__(self, request: Request, stream_id: int, send_window: int) -> None:
        self.request = request  # What Exchange does, without the cost of calling it for every request.
        self.body = bytearray()
        self.stream_id = stream_id
        self.send_window = send_window

    @property
    def takes_more(self) -> bool:
        """Whether more of the request may be given now: the stream stays open, and all of it so far is sent."""
        return self.stays_open and self.unsent is not None and not self.unsent
