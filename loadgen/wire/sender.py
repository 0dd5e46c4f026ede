"""The half of an HTTP/2 connection that sends (RFC 9113): header blocks, and bodies within the peer's limits.

Law of this file: nothing else spends or raises a window of sending, and nothing leaves against the peer's SETTINGS.
"""

from loadgen.errors import LocalProtocolError, RemoteProtocolError
from loadgen.wire import frames
from loadgen.wire.exchange import Request
from loadgen.wire.frames import HEAD, ErrorCode, Flag, Kind, Setting
from loadgen.wire.headers import MAX_HEADER_LIST, Fields, HeaderEncoder
from loadgen.wire.stream import STREAM_WINDOW, Stream
from loadgen.wire.usual import UsualRequest

CONNECTION_WINDOW = frames.MAX_WINDOW

# Names of their own for what the hot path needs, because the members of an enumeration are slow to reach.
_pack_head = HEAD.pack
_DATA = int(Kind.DATA)
_LAST_ID = frames.MAX_STREAM_ID
_NOTHING_USUAL = UsualRequest(None, b"")

_GREETING = (
    frames.PREFACE,
    frames.settings(
        {
            Setting.ENABLE_PUSH: 0,
            Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            Setting.MAX_HEADER_LIST_SIZE: MAX_HEADER_LIST,
        }
    ),
    frames.window_update(0, CONNECTION_WINDOW - frames.DEFAULT_WINDOW),
)


class Sender:
    """Opens streams and sends requests on them, as far as the peer's SETTINGS and windows allow."""

    def __init__(self) -> None:
        self.output: list[bytes | memoryview] = list(_GREETING)
        """bytes on their way out, for `take_output`"""
        self.capacity = frames.MAX_STREAM_ID
        """So many exchanges may be open at a time; 0 when no more may start."""
        self.is_going_away = False
        """No new request will be taken for good: the server said GOAWAY, or the ids of streams are used up."""
        self._streams: dict[int, Stream] = {}
        self._next_id = 1
        self._untaken_id = 1  # The streams from here on are in the output that nobody has taken yet.
        self._encoder = HeaderEncoder()
        self._usual_request = _NOTHING_USUAL
        self._waiting: dict[int, Stream] = {}  # for a wider window
        self._send_window = frames.DEFAULT_WINDOW
        self._stream_send_window = frames.DEFAULT_WINDOW
        self._max_frame_size = frames.DEFAULT_MAX_FRAME_SIZE
        self._largest_usual = frames.DEFAULT_MAX_FRAME_SIZE  # It fits into a frame, and into the window of a stream.

    @property
    def in_flight(self) -> int:
        """The number of exchanges that have not ended."""
        return len(self._streams)

    @property
    def room(self) -> int:
        """How many more exchanges may start now."""
        ids_left = (frames.MAX_STREAM_ID + 2 - self._next_id) // 2
        return max(0, min(self.capacity - len(self._streams), ids_left))

    def start(self, request: Request) -> Stream:
        """Open a stream for a request. Raises LocalProtocolError when there is no `room`."""
        usual, body, stream_id = self._usual_request, request.body, self._next_id
        size, streams = len(body), self._streams
        if (
            request.headers is usual.fields
            and size <= self._largest_usual
            and size <= self._send_window
            and len(streams) < self.capacity
            and stream_id < _LAST_ID
        ):
            self._next_id = stream_id + 2
            self._send_window -= size
            # DATA is kind 0, and its flag 1 is END_STREAM.
            self.output += (usual.pack(usual.begin, stream_id, usual.block, size << 8, 1, stream_id), body)
            stream = streams[stream_id] = Stream(request, stream_id, self._stream_send_window - size)
            return stream
        return self._start_anyhow(request)

    def _start_anyhow(self, request: Request) -> Stream:
        """Start a request that is not like the one before, or does not fit into a frame or a window."""
        stream = self._new_stream(request)
        self._send_headers(stream, request.headers)
        stream.unsent = memoryview(request.body)
        self._send_what_fits(stream)
        return stream

    def open(self, request: Request) -> Stream:
        """Open a stream that `stays_open`, and send headers and body of a request as the beginning of it."""
        stream = self._new_stream(request)
        stream.stays_open = True
        stream.body = bytearray()
        self._send_headers(stream, request.headers)
        stream.unsent = memoryview(request.body)
        self._send_what_fits(stream)
        return stream

    def send(self, stream: Stream, data: bytes) -> None:
        """Send more on a stream that stays open. Raises LocalProtocolError unless it `takes_more`."""
        if not stream.takes_more:
            raise LocalProtocolError("the stream takes no more of a request now")
        stream.unsent = memoryview(data)
        self._send_what_fits(stream)

    def end(self, stream: Stream) -> None:
        """Let a stream that stays open end with what it was given to send."""
        if stream.stays_open:
            stream.stays_open = False
            self._send_what_fits(stream)

    def take_output(self) -> bytes:
        """Return the bytes to be sent, which the connection then forgets."""
        output = b"".join(self.output)
        self.output.clear()
        self._untaken_id = self._next_id
        return output

    def _new_stream(self, request: Request) -> Stream:
        stream_id = self._next_id
        if len(self._streams) >= self.capacity:
            raise LocalProtocolError(f"the connection takes no more requests now: {self!r}")
        self._next_id = stream_id + 2
        if stream_id >= frames.MAX_STREAM_ID:  # Ids are never used again: the connection has done its work.
            self.is_going_away = True
            self.capacity = 0
        stream = self._streams[stream_id] = Stream(request, stream_id, self._stream_send_window)
        return stream

    def _send_headers(self, stream: Stream, fields: Fields) -> None:
        """Send header fields in as many frames as their block needs (section 4.3)."""
        encoder, largest = self._encoder, self._max_frame_size
        block = encoder.last_block if fields is encoder.last_fields else encoder.encode(fields)
        if fields is not self._usual_request.fields:
            may_repeat = fields is encoder.last_fields and len(block) <= frames.DEFAULT_MAX_FRAME_SIZE
            self._usual_request = UsualRequest(fields, block) if may_repeat else _NOTHING_USUAL
        kind = Kind.HEADERS
        for start in range(0, max(len(block), 1), largest):
            flags = Flag.END_HEADERS if start + largest >= len(block) else 0
            self.output.append(frames.frame(kind, flags, stream.stream_id, block[start : start + largest]))
            kind = Kind.CONTINUATION

    def _send_what_fits(self, stream: Stream) -> None:
        """Send as much of a body as the windows allow; the rest waits for a WINDOW_UPDATE (section 6.9)."""
        unsent = stream.unsent
        if unsent is None:
            return
        size = max(0, min(len(unsent), self._send_window, stream.send_window))
        is_all = size == len(unsent)
        if size or (is_all and not stream.stays_open):  # No window is needed for the end alone.
            self._send_data(stream.stream_id, unsent[:size], ends=is_all and not stream.stays_open)
        self._send_window -= size
        stream.send_window -= size
        if is_all:
            stream.unsent = unsent[size:] if stream.stays_open else None
            self._waiting.pop(stream.stream_id, None)
        else:
            stream.unsent = unsent[size:]
            self._waiting[stream.stream_id] = stream

    def _send_data(self, stream_id: int, data: memoryview, *, ends: bool) -> None:
        """Send DATA in frames as large as the peer takes them."""
        largest, end = self._max_frame_size, len(data)
        for start in range(0, max(end, 1), largest):
            piece = data[start : start + largest]
            flags = Flag.END_STREAM if ends and start + largest >= end else 0
            self.output += (_pack_head(len(piece) << 8 | _DATA, flags, stream_id), piece)

    def _send_more(self) -> None:
        if not self._waiting:
            return
        for stream in list(self._waiting.values()):
            if self._send_window <= 0:
                break
            self._send_what_fits(stream)

    # What the peer allows.

    def _apply(self, setting: int, value: int) -> None:
        """Obey one parameter of SETTINGS (section 6.5.2)."""
        if setting == Setting.HEADER_TABLE_SIZE:
            self._encoder.limit_table(value)
            self._usual_request = _NOTHING_USUAL
        elif setting == Setting.ENABLE_PUSH:
            if value:
                raise RemoteProtocolError(f"the server set ENABLE_PUSH to {value}")
        elif setting == Setting.MAX_CONCURRENT_STREAMS:
            self.capacity = 0 if self.is_going_away else value
        elif setting == Setting.MAX_FRAME_SIZE:
            if not frames.DEFAULT_MAX_FRAME_SIZE <= value <= frames.LARGEST_MAX_FRAME_SIZE:
                raise RemoteProtocolError(f"the server set the largest frame to {value} bytes")
            self._max_frame_size = value
        elif setting == Setting.INITIAL_WINDOW_SIZE:
            self._resize_stream_windows(value)
        # MAX_HEADER_LIST_SIZE is advice, and unknown ones must be ignored.
        self._largest_usual = min(self._max_frame_size, self._stream_send_window)

    def _resize_stream_windows(self, value: int) -> None:
        """Streams that are open keep what they have used; their window may become negative (section 6.9.2)."""
        growth = value - self._stream_send_window
        self._stream_send_window = value
        widest = max((stream.send_window for stream in self._streams.values()), default=0) + growth
        if max(value, widest) > frames.MAX_WINDOW:
            raise RemoteProtocolError(f"the server set a window of {value} bytes", ErrorCode.FLOW_CONTROL_ERROR)
        for stream in self._streams.values():
            stream.send_window += growth

    def _widen(self, increment: int) -> None:
        """Take a WINDOW_UPDATE of the connection (section 6.9)."""
        self._send_window += increment
        if not increment or self._send_window > frames.MAX_WINDOW:
            raise RemoteProtocolError(f"the server raised a window by {increment}", frames.window_error(increment))
        self._send_more()

    def _widen_stream(self, stream: Stream, increment: int) -> bool:
        """Take a WINDOW_UPDATE of a stream; return False when it broke the rules (section 6.9.1)."""
        stream.send_window += increment
        if not increment or stream.send_window > frames.MAX_WINDOW:
            return False
        self._send_what_fits(stream)
        return True
