"""One HTTP/2 connection of a client, without a socket (RFC 9113).

Law: this class never reads a clock, never waits, never logs. `start` and `receive` change its state; `take_output` is
the only way by which bytes leave. After a RemoteProtocolError it is dead, and the output ends with a GOAWAY.
"""

from collections.abc import Callable

from loadgen.errors import LocalProtocolError, RemoteProtocolError
from loadgen.wire import frames
from loadgen.wire.exchange import Exchange, Request
from loadgen.wire.frames import HEAD, HEAD_LENGTH, UINT32, ErrorCode, Flag, Kind, Setting
from loadgen.wire.headers import HeaderDecoder, HeaderEncoder, Headers

# A load generator must never be the one that slows the stream down, so the windows are wide.
STREAM_WINDOW = 2**24
CONNECTION_WINDOW = frames.MAX_WINDOW
# Real metadata is far smaller; more is an attack or a defect (RFC 9113 section 10.5.1).
MAX_HEADER_BLOCK = 2**18

# Names of their own for what the hot path needs, because the members of an enumeration are slow to reach.
_pack_head, _unpack_head = HEAD.pack, HEAD.unpack_from
_DATA, _HEADERS = int(Kind.DATA), int(Kind.HEADERS)

_Handler = Callable[[int, int, bytes], None]


class ClientConnection:
    """Exchanges requests for responses over one connection.

    `start(request)` opens a stream; `receive(data)` takes the peer's bytes and returns the exchanges that ended.
    """

    def __init__(self) -> None:
        self._input = b""
        self.output: list[bytes | memoryview] = [
            frames.PREFACE,
            frames.settings({Setting.ENABLE_PUSH: 0, Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW}),
            frames.window_update(0, CONNECTION_WINDOW - frames.DEFAULT_WINDOW),
        ]
        """bytes on their way out, for `take_output`"""
        self._encoder = HeaderEncoder()
        self._decoder = HeaderDecoder()
        self._exchanges: dict[int, Exchange] = {}
        self._finished: list[Exchange] = []
        self._unsent: dict[int, Exchange] = {}
        self._next_id = 1
        self._send_window = frames.DEFAULT_WINDOW
        self._receive_window = CONNECTION_WINDOW
        self._stream_send_window = frames.DEFAULT_WINDOW
        self._max_frame_size = frames.DEFAULT_MAX_FRAME_SIZE
        self.capacity = frames.MAX_STREAM_ID
        """So many exchanges may be open at a time."""
        self._open_block: tuple[int, int, bytearray] | None = None
        self._only: Kind | None = Kind.SETTINGS
        """the only kind of frame that may come now, if there is such a rule"""
        self._dead: RemoteProtocolError | None = None
        self.is_ready = False
        """The server's SETTINGS have come: it does speak HTTP/2, and its limits are known."""
        self.is_going_away = False
        """The server wants no more requests here (GOAWAY)."""
        self._on_frame: dict[int, _Handler] = {
            Kind.DATA: self._data,
            Kind.HEADERS: self._headers,
            Kind.PRIORITY: self._priority,
            Kind.RST_STREAM: self._rst_stream,
            Kind.SETTINGS: self._settings,
            Kind.PUSH_PROMISE: self._push_promise,
            Kind.PING: self._ping,
            Kind.GOAWAY: self._goaway,
            Kind.WINDOW_UPDATE: self._window_update,
            Kind.CONTINUATION: self._continuation,
        }

    def __repr__(self) -> str:
        return (
            f"<ClientConnection in_flight={len(self._exchanges)} ready={self.is_ready} dead={self._dead is not None}>"
        )

    # What the owner does.

    @property
    def in_flight(self) -> int:
        """The number of exchanges that have not ended."""
        return len(self._exchanges)

    @property
    def room(self) -> int:
        """How many more exchanges may start now."""
        ids_left = (frames.MAX_STREAM_ID + 2 - self._next_id) // 2
        return max(0, min(self.capacity - len(self._exchanges), ids_left))

    def start(self, request: Request) -> Exchange:
        """Open a stream for a request. Raises LocalProtocolError when there is no `room`."""
        stream_id = self._next_id
        if len(self._exchanges) >= self.capacity or stream_id > frames.MAX_STREAM_ID:
            raise LocalProtocolError(f"the connection takes no more requests now: {self!r}")
        self._next_id = stream_id + 2
        exchange = Exchange(stream_id, self._stream_send_window, STREAM_WINDOW)
        self._exchanges[stream_id] = exchange
        encoder, fields = self._encoder, request.headers
        block = encoder.last_block if fields is encoder.last_fields else encoder.encode(fields)
        body = request.body
        size = len(body)
        if size <= self._max_frame_size and size <= self._send_window and size <= exchange.send_window:
            self._send_window -= size
            exchange.send_window -= size
            headers_head = _pack_head(len(block) << 8 | _HEADERS, Flag.END_HEADERS, stream_id)
            self.output += (headers_head, block, _pack_head(size << 8 | _DATA, Flag.END_STREAM, stream_id), body)
        else:
            self.output.append(frames.frame(Kind.HEADERS, Flag.END_HEADERS, stream_id, block))
            exchange.unsent = memoryview(body)
            self._unsent[stream_id] = exchange
            self._send_what_fits(exchange)
        return exchange

    def receive(self, data: bytes) -> list[Exchange]:
        """Take bytes from the peer; return the exchanges that ended by them, in order.

        Raises RemoteProtocolError when the peer broke a rule of the connection.
        """
        if self._dead:
            raise self._dead
        try:
            self._take_frames(self._input + data if self._input else data)
        except RemoteProtocolError as error:
            self._dead = error
            self.capacity = 0
            self.output.append(frames.goaway(0, error.code))
            raise
        finished, self._finished = self._finished, []
        return finished

    def take_output(self) -> bytes:
        """Return the bytes to be sent, which the connection then forgets."""
        output = b"".join(self.output)
        self.output.clear()
        return output

    def disconnect(self) -> None:
        """Forget the exchanges that are open: the connection is gone, and nothing will come any more."""
        self._exchanges.clear()
        self._unsent.clear()
        self.capacity = 0

    def say_goodbye(self) -> None:
        """Announce that the connection is about to be closed on purpose (RFC 9113 section 5.4.1)."""
        if not self._dead:  # Then the GOAWAY with the error is the last word.
            self.output.append(frames.goaway(0, ErrorCode.NO_ERROR))

    # Frames, taken apart.

    def _take_frames(self, data: bytes) -> None:
        position, end = 0, len(data)
        while end - position >= HEAD_LENGTH:
            length_and_kind, flags, stream_id = _unpack_head(data, position)
            length = length_and_kind >> 8
            payload_start = position + HEAD_LENGTH
            frame_end = payload_start + length
            if frame_end > end or length > frames.DEFAULT_MAX_FRAME_SIZE:
                self._check_head(length_and_kind & 0xFF, length)
                break
            kind, payload, position = length_and_kind & 0xFF, data[payload_start:frame_end], frame_end
            self._take_frame(kind, flags, stream_id & frames.MAX_STREAM_ID, payload)
        self._input = data[position:]

    def _check_head(self, kind: int, length: int) -> None:
        """Refuse a frame as soon as its head shows that it cannot be taken."""
        if self._only is not None and kind != self._only:
            self._refuse_out_of_place()
        if length > frames.DEFAULT_MAX_FRAME_SIZE:
            raise RemoteProtocolError(f"the server sent a frame of {length} bytes", ErrorCode.FRAME_SIZE_ERROR)

    def _take_frame(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if self._only is not None and kind != self._only:
            self._refuse_out_of_place()
        handler = self._on_frame.get(kind)
        if handler is not None:  # Unknown kinds are ignored, section 5.5.
            handler(flags, stream_id, payload)

    def _refuse_out_of_place(self) -> None:
        if not self.is_ready:  # A server's first frame is SETTINGS (section 3.4).
            raise RemoteProtocolError("the server does not speak HTTP/2")
        raise RemoteProtocolError("the server sent another frame inside a header block")  # section 6.10

    # The response.

    def _data(self, flags: int, stream_id: int, payload: bytes) -> None:
        # The whole payload counts, padding and all, even for a stream that is gone (section 6.9.1).
        size = len(payload)
        self._receive_window -= size
        exchange = self._exchanges.get(stream_id)
        if exchange is None:
            self._check_was_open(stream_id)
        elif exchange.headers is None:
            self._break(exchange, ErrorCode.PROTOCOL_ERROR, "the server sent a body before any headers")
        else:
            exchange.receive_window -= size
            exchange.body += _without_padding(payload) if flags & Flag.PADDED else payload
            if flags & Flag.END_STREAM:
                self._finish(exchange)
        self._refill(exchange)

    def _refill(self, exchange: Exchange | None) -> None:
        """Open the windows again as soon as half of them is used."""
        if self._receive_window < CONNECTION_WINDOW // 2:
            self.output.append(frames.window_update(0, CONNECTION_WINDOW - self._receive_window))
            self._receive_window = CONNECTION_WINDOW
        if exchange and exchange.stream_id in self._exchanges and exchange.receive_window < STREAM_WINDOW // 2:
            self.output.append(frames.window_update(exchange.stream_id, STREAM_WINDOW - exchange.receive_window))
            exchange.receive_window = STREAM_WINDOW

    def _headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        if flags & (Flag.PADDED | Flag.PRIORITY):
            payload = _bare_headers(flags, payload)
        if flags & Flag.END_HEADERS:
            self._header_block(flags, stream_id, payload)
        else:
            self._open_block = (flags, stream_id, bytearray(payload))
            self._only = Kind.CONTINUATION

    def _continuation(self, flags: int, stream_id: int, payload: bytes) -> None:
        if self._open_block is None or self._open_block[1] != stream_id:
            raise RemoteProtocolError("the server sent a CONTINUATION frame out of place")
        first_flags, _, block = self._open_block
        block += payload
        if len(block) > MAX_HEADER_BLOCK:
            raise RemoteProtocolError("the server sent an endless header block", ErrorCode.ENHANCE_YOUR_CALM)
        if flags & Flag.END_HEADERS:
            self._open_block = self._only = None
            self._header_block(first_flags, stream_id, bytes(block))

    def _header_block(self, flags: int, stream_id: int, block: bytes) -> None:
        headers = self._decoder.decode(block)  # Even for a stream that is gone: the table is the connection's.
        exchange = self._exchanges.get(stream_id)
        if exchange is None:
            self._check_was_open(stream_id)
        elif exchange.headers is None:
            self._response_headers(exchange, headers, ends=bool(flags & Flag.END_STREAM))
        elif flags & Flag.END_STREAM:
            exchange.trailers = headers
            self._finish(exchange)
        else:
            self._break(exchange, ErrorCode.PROTOCOL_ERROR, "the server sent trailers that do not end the stream")

    def _response_headers(self, exchange: Exchange, headers: Headers, *, ends: bool) -> None:
        status = headers.get(b":status", b"")
        if len(status) != 3 or not status.isdigit():
            self._break(exchange, ErrorCode.PROTOCOL_ERROR, "the server sent response headers without a status")
        elif status.startswith(b"1"):
            if ends:  # An informational response announces another one (section 8.1).
                self._break(
                    exchange, ErrorCode.PROTOCOL_ERROR, f"the server ended the stream with status {status.decode()}"
                )
        else:
            exchange.headers = headers
            if ends:
                exchange.trailers = headers
                self._finish(exchange)

    def _finish(self, exchange: Exchange) -> None:
        del self._exchanges[exchange.stream_id]
        if exchange.unsent is not None:
            # The server answered before it had the whole request: it wants no more of it (section 8.1).
            self._drop_unsent(exchange)
            self.output.append(frames.rst_stream(exchange.stream_id, ErrorCode.CANCEL))
        self._finished.append(exchange)

    def _break(self, exchange: Exchange, code: ErrorCode, failure: str) -> None:
        """End an exchange whose stream the peer misused; the connection goes on (section 5.4.2)."""
        self.output.append(frames.rst_stream(exchange.stream_id, code))
        self._fail(exchange, code, failure)

    def _fail(self, exchange: Exchange, code: int, failure: str) -> None:
        del self._exchanges[exchange.stream_id]
        self._drop_unsent(exchange)
        exchange.failure = failure
        exchange.error_code = code
        self._finished.append(exchange)

    def _drop_unsent(self, exchange: Exchange) -> None:
        self._unsent.pop(exchange.stream_id, None)
        exchange.unsent = None

    def _check_was_open(self, stream_id: int) -> None:
        """Late frames of a stream that has ended are let pass; a stream that never was is an error (section 5.1)."""
        if stream_id % 2 == 0 or stream_id >= self._next_id:
            raise RemoteProtocolError(f"the server sent a frame on stream {stream_id}, which was never opened")

    # The rest of the connection.

    def _rst_stream(self, flags: int, stream_id: int, payload: bytes) -> None:
        code = _uint32(payload, Kind.RST_STREAM)
        exchange = self._exchanges.get(stream_id)
        if exchange is None:
            self._check_was_open(stream_id)
            return
        exchange.unprocessed = code == ErrorCode.REFUSED_STREAM
        self._fail(exchange, code, f"the server reset the stream with {frames.error_name(code)}")

    def _settings(self, flags: int, stream_id: int, payload: bytes) -> None:
        is_whole = not payload if flags & Flag.ACK else len(payload) % frames.SETTING.size == 0
        _check_connection_frame(Kind.SETTINGS, stream_id, is_whole=is_whole)
        if flags & Flag.ACK:
            return
        for name, value in frames.SETTING.iter_unpack(payload):
            self._set(name, value)
        self.output.append(frames.frame(Kind.SETTINGS, Flag.ACK, 0))
        if not self.is_ready:
            self.is_ready = True
            self._only = None
        self._send_more()

    def _set(self, name: int, value: int) -> None:
        if name == Setting.HEADER_TABLE_SIZE:
            self._encoder.limit_table(value)
        elif name == Setting.ENABLE_PUSH:
            if value:
                raise RemoteProtocolError(f"the server set ENABLE_PUSH to {value}")
        elif name == Setting.MAX_CONCURRENT_STREAMS:
            self.capacity = 0 if self.is_going_away else value
        elif name == Setting.MAX_FRAME_SIZE:
            if not frames.DEFAULT_MAX_FRAME_SIZE <= value <= frames.LARGEST_MAX_FRAME_SIZE:
                raise RemoteProtocolError(f"the server set the largest frame to {value} bytes")
            self._max_frame_size = value
        elif name == Setting.INITIAL_WINDOW_SIZE:
            self._resize_stream_windows(value)
        # The others do not concern a client, or are unknown and must be ignored (section 6.5.2).

    def _resize_stream_windows(self, value: int) -> None:
        """Streams that are open keep what they have used; their window may become negative (section 6.9.2)."""
        if value > frames.MAX_WINDOW:
            raise RemoteProtocolError(f"the server set a window of {value} bytes", ErrorCode.FLOW_CONTROL_ERROR)
        growth = value - self._stream_send_window
        self._stream_send_window = value
        for exchange in self._exchanges.values():
            exchange.send_window += growth
            if exchange.send_window > frames.MAX_WINDOW:
                raise RemoteProtocolError(f"the server set a window of {value} bytes", ErrorCode.FLOW_CONTROL_ERROR)

    def _window_update(self, flags: int, stream_id: int, payload: bytes) -> None:
        increment = _uint32(payload, Kind.WINDOW_UPDATE) & frames.MAX_WINDOW
        if stream_id == 0:
            self._send_window += increment
            if not increment or self._send_window > frames.MAX_WINDOW:
                raise RemoteProtocolError(f"the server raised a window by {increment}", _window_error(increment))
        elif (exchange := self._exchanges.get(stream_id)) is None:
            self._check_was_open(stream_id)
        else:
            exchange.send_window += increment
            if not increment or exchange.send_window > frames.MAX_WINDOW:
                failure = f"the server raised the stream's window by {increment}"
                self._break(exchange, _window_error(increment), failure)
        self._send_more()

    def _send_more(self) -> None:
        for exchange in list(self._unsent.values()):
            self._send_what_fits(exchange)

    def _send_what_fits(self, exchange: Exchange) -> None:
        """Send as much of a body as the windows allow; the rest waits for a WINDOW_UPDATE (section 6.9)."""
        unsent = exchange.unsent
        while unsent is not None:
            size = min(len(unsent), self._max_frame_size, self._send_window, exchange.send_window)
            if size <= 0:
                break
            piece, unsent = unsent[:size], unsent[size:] if size < len(unsent) else None
            self._send_window -= size
            exchange.send_window -= size
            self.output.append(frames.head(Kind.DATA, 0 if unsent else Flag.END_STREAM, exchange.stream_id, size))
            self.output.append(piece)
        exchange.unsent = unsent
        if unsent is None:
            self._unsent.pop(exchange.stream_id, None)

    def _ping(self, flags: int, stream_id: int, payload: bytes) -> None:
        _check_connection_frame(Kind.PING, stream_id, is_whole=len(payload) == 8)
        if not flags & Flag.ACK:
            self.output.append(frames.frame(Kind.PING, Flag.ACK, 0, payload))

    def _goaway(self, flags: int, stream_id: int, payload: bytes) -> None:
        _check_connection_frame(Kind.GOAWAY, stream_id, is_whole=len(payload) >= 8)
        self.is_going_away = True
        self.capacity = 0
        last_id = UINT32.unpack_from(payload)[0] & frames.MAX_STREAM_ID
        code = UINT32.unpack_from(payload, 4)[0]
        # Whatever is above the last id was not looked at and never will be (section 6.8).
        for exchange in [one for one in self._exchanges.values() if one.stream_id > last_id]:
            exchange.unprocessed = True
            self._fail(exchange, code, f"the server is closing the connection ({frames.error_name(code)})")

    def _priority(self, flags: int, stream_id: int, payload: bytes) -> None:
        """Priorities are a deprecated hint between peers, and nothing to a client (section 5.3)."""

    def _push_promise(self, flags: int, stream_id: int, payload: bytes) -> None:
        raise RemoteProtocolError("the server sent PUSH_PROMISE although push is off")


def _without_padding(payload: bytes) -> bytes:
    """Return a PADDED payload without its length byte and padding (section 6.1)."""
    if not payload or payload[0] >= len(payload):
        raise RemoteProtocolError("the server sent a frame with more padding than bytes")
    return payload[1 : len(payload) - payload[0]]


def _check_connection_frame(kind: Kind, stream_id: int, *, is_whole: bool) -> None:
    """Refuse a frame of the connection that names a stream, or is not whole (sections 6.5, 6.7 and 6.8)."""
    if stream_id:
        raise RemoteProtocolError(f"the server sent {kind.name} on stream {stream_id}")
    if not is_whole:
        raise RemoteProtocolError(f"the server sent a malformed {kind.name} frame", ErrorCode.FRAME_SIZE_ERROR)


def _window_error(increment: int) -> ErrorCode:
    """Return what is wrong with an increment: it is nothing (section 6.9) or too much (section 6.9.1)."""
    return ErrorCode.FLOW_CONTROL_ERROR if increment else ErrorCode.PROTOCOL_ERROR


def _bare_headers(flags: int, payload: bytes) -> bytes:
    """Return the payload of a HEADERS frame without padding and priority (section 6.2)."""
    if flags & Flag.PADDED:
        payload = _without_padding(payload)
    return payload[5:] if flags & Flag.PRIORITY else payload


def _uint32(payload: bytes, kind: Kind) -> int:
    if len(payload) != UINT32.size:
        raise RemoteProtocolError(f"the server sent a malformed {kind.name} frame", ErrorCode.FRAME_SIZE_ERROR)
    number: int = UINT32.unpack(payload)[0]
    return number
