"""One HTTP/2 connection of a client, without a socket (RFC 9113).

Law: this class never reads a clock, never waits, never logs. `start` and `receive` change its state; `take_output` is
the only way by which bytes leave. After a RemoteProtocolError it is dead, and the output ends with a GOAWAY.
"""

from collections.abc import Callable

from loadgen.errors import RemoteProtocolError
from loadgen.wire import frames
from loadgen.wire.exchange import BAD_REPLY, CONNECTION_LOST, RESET, Failure
from loadgen.wire.frames import HEAD, HEAD_LENGTH, UINT32, ErrorCode, Flag, Kind
from loadgen.wire.headers import HeaderDecoder, Headers
from loadgen.wire.sender import CONNECTION_WINDOW, Sender
from loadgen.wire.stream import STREAM_WINDOW, Stream
from loadgen.wire.usual import UsualReply

# Real metadata is far smaller; more is an attack or a defect (RFC 9113 section 10.5.1).
MAX_HEADER_BLOCK = 2**17
# What a sentence for the user can hold.
MAX_GOAWAY_WORDS = 200
# As much as gRPC can be told to take, and as perf_analyzer takes (behaviour section 9.3).
MAX_BODY = 2**31 - 1

# A window is opened again as soon as half of it is used.
_HALF_STREAM_WINDOW, _HALF_CONNECTION_WINDOW = STREAM_WINDOW // 2, CONNECTION_WINDOW // 2
_PING_DATA = b"loadgen?"

# Names of their own for what the hot path needs, because the members of an enumeration are slow to reach.
_unpack_head = HEAD.unpack_from
_unpack_increment = UINT32.unpack_from
_WIDENS = frames.head(Kind.WINDOW_UPDATE, 0, 0, UINT32.size)
_WIDENING = HEAD_LENGTH + UINT32.size

_Handler = Callable[[int, int, bytes], None]


class ClientConnection(Sender):
    """Exchanges requests for responses over one connection.

    `start(request)` opens a stream; `receive(data)` takes the peer's bytes and returns the exchanges that ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_ready = False
        """The server's SETTINGS have come: it does speak HTTP/2, and its limits are known."""
        self.goaway_words = ""
        """What the server said of its reasons in GOAWAY."""
        self.awaits_pong = False
        """A `ping()` is not answered yet."""
        self._decoder = HeaderDecoder()
        self._opening = b""
        """the last block that began a response, if it may be repeated"""
        self._usual_reply: UsualReply | None = None
        self._last_form = (b"", 0, b"")
        """that of the last reply that was not usual, which is when the next one is like it"""
        self._input = b""
        self._finished: list[Stream] = []
        self._receive_window = CONNECTION_WINDOW
        self._open_block: tuple[int, int, bytearray] | None = None
        self._only: Kind | None = Kind.SETTINGS
        """the only kind of frame that may come now, if there is such a rule"""
        self._dead: RemoteProtocolError | None = None
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
        return f"<ClientConnection in_flight={len(self._streams)} ready={self.is_ready} dead={self._dead is not None}>"

    # What the owner does; `start` and `take_output` are the Sender's.

    @property
    def open_exchanges(self) -> list[Stream]:
        """The exchanges that have not ended, oldest first."""
        return list(self._streams.values())

    def receive(self, data: bytes, now_ns: int = 0) -> list[Stream]:
        """Take bytes from the peer; return the exchanges that ended by them, in order.

        Raises RemoteProtocolError when the peer broke a rule of the connection; what ended before that is in the error.
        """
        if self._dead:
            raise RemoteProtocolError(str(self._dead), self._dead.code)
        if self._input:
            data = self._input + data
        try:
            position = 0 if self._usual_reply is None else self._take_usual(data, self._usual_reply)
            self._input = b"" if position == len(data) else self._take_frames(data, position)
        except RemoteProtocolError as error:
            self._die(error)
            raise
        finished, self._finished = self._finished, []
        return finished

    def cancel(self, exchange: Stream, failure: Failure) -> None:
        """End an exchange now; what still comes of its response is let pass. Nothing happens if it has ended."""
        if exchange.stream_id in self._streams:
            self._reset(exchange, ErrorCode.CANCEL)
            exchange.failure = failure

    def disconnect(self, failure: Failure) -> list[Stream]:
        """End all exchanges with a failure, for the connection is gone; return them, oldest first."""
        self.capacity = 0
        ended = self.open_exchanges
        for stream in ended:
            stream.failure = failure
            stream.unprocessed = stream.stream_id >= self._untaken_id  # It never left us.
            self._close(stream)
        return ended

    def end_of_input(self) -> list[Stream]:
        """Tell that the peer closed its side, which ends no exchange of HTTP/2."""
        return []

    def ping(self) -> None:
        """Ask the peer for a sign of life; until it comes, the connection `awaits_pong` (section 6.7)."""
        self.awaits_pong = True
        self.output.append(frames.frame(Kind.PING, 0, 0, _PING_DATA))

    def say_goodbye(self) -> None:
        """Announce that the connection is about to be closed on purpose (section 5.4.1)."""
        if not self._dead:  # Then the GOAWAY with the error is the last word.
            self.output.append(frames.goaway(0, ErrorCode.NO_ERROR))

    # Frames, taken apart.

    def _take_frames(self, data: bytes, position: int) -> bytes:
        """Take the frames from there on; return what is the beginning of another one."""
        handlers, end = self._on_frame, len(data)
        while end - position >= HEAD_LENGTH:
            length_and_kind, flags, stream_id = _unpack_head(data, position)
            length, kind = length_and_kind >> 8, length_and_kind & 0xFF
            payload_start = position + HEAD_LENGTH
            frame_end = payload_start + length
            if self._only is not None and kind != self._only:
                self._refuse_out_of_place()
            if length > frames.DEFAULT_MAX_FRAME_SIZE:
                raise RemoteProtocolError(f"the server sent a frame of {length} bytes", ErrorCode.FRAME_SIZE_ERROR)
            if frame_end > end:
                break
            payload, position = data[payload_start:frame_end], frame_end
            handler = handlers.get(kind)
            if handler is not None:  # Unknown kinds are ignored, section 5.5.
                handler(flags, stream_id & frames.MAX_STREAM_ID, payload)
        return data[position:]

    def _take_usual(self, data: bytes, usual: UsualReply) -> int:
        """Take the replies of the usual form with which `data` begins; return where they end.

        gRPC servers often widen the connection's window behind them, which is then taken, too.
        """
        streams, finished, unpack, constant = self._streams, self._finished, usual.unpack, usual.constant
        position, length, last = 0, usual.length, len(data) - usual.length
        while position <= last:
            a, stream_id, b, id_of_data, body, c, id_of_end, d = unpack(data, position)
            if (a, b, c, d) != constant or not stream_id == id_of_data == id_of_end or stream_id not in streams:
                break
            stream = streams[stream_id]
            if stream.headers is not None or stream.unsent is not None:
                break
            del streams[stream_id]
            stream.headers = usual.headers
            stream.body = body
            stream.trailers = usual.trailers
            finished.append(stream)
            position += length
        self._count(usual.size * (position // length))
        if last + length - position == _WIDENING and data.startswith(_WIDENS, position):
            self._widen(_unpack_increment(data, position + HEAD_LENGTH)[0])
            position += _WIDENING
        return position

    def _refuse_out_of_place(self) -> None:
        if not self.is_ready:  # A server's first frame is SETTINGS (section 3.4).
            raise RemoteProtocolError("the server does not speak HTTP/2")
        raise RemoteProtocolError("the server sent another frame inside a header block")  # section 6.10

    def _die(self, error: RemoteProtocolError) -> None:
        self._dead = error
        self.capacity = 0
        self._input = b""
        error.finished, self._finished = self._finished, []
        self.output.append(frames.goaway(0, error.code))

    # The response.

    def _data(self, flags: int, stream_id: int, payload: bytes) -> None:
        # The whole payload counts, padding and all, even for a stream that is gone (section 6.9.1).
        size = len(payload)
        self._count(size)
        stream = self._streams.get(stream_id)
        if stream is None:
            self._check_was_open(stream_id)
        elif stream.headers is None:
            self._break(stream, ErrorCode.PROTOCOL_ERROR, "the server sent a body before any headers")
        else:
            stream.receive_window -= size
            stream.add_to_body(frames.without_padding(payload) if flags & Flag.PADDED else payload)
            if flags & Flag.END_STREAM:
                self._finish(stream)
            elif stream.receive_window < _HALF_STREAM_WINDOW:
                self._refill(stream)

    def _count(self, size: int) -> None:
        """Count bytes of DATA, and open the window of the connection again as soon as half of it is used."""
        self._receive_window -= size
        if self._receive_window < _HALF_CONNECTION_WINDOW:
            self.output.append(frames.window_update(0, CONNECTION_WINDOW - self._receive_window))
            self._receive_window = CONNECTION_WINDOW

    def _refill(self, stream: Stream) -> None:
        if len(stream.body) > MAX_BODY:
            self._break(stream, ErrorCode.CANCEL, f"the server sent a body of more than {MAX_BODY} bytes")
            return
        self.output.append(frames.window_update(stream.stream_id, STREAM_WINDOW - stream.receive_window))
        stream.receive_window = STREAM_WINDOW

    def _headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        if flags & (Flag.PADDED | Flag.PRIORITY):
            payload = frames.header_fragment(flags, payload)
        if flags & Flag.END_HEADERS:
            self._header_block(flags, stream_id, payload)
        else:
            self._open_block = (flags, stream_id, bytearray(payload))
            self._only = Kind.CONTINUATION
            self._usual_reply = None

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
        stream = self._streams.get(stream_id)
        if block not in self._decoder.known:  # What was known before may mean something else now.
            block, self._opening, self._usual_reply = b"", b"", None
        if stream is None:
            self._check_was_open(stream_id)
        elif stream.headers is None:
            self._opening = block
            self._response_headers(stream, headers, flags & Flag.END_STREAM)
        elif not flags & Flag.END_STREAM:
            self._break(stream, ErrorCode.PROTOCOL_ERROR, "the server sent trailers that do not end the stream")
        elif b":status" in headers:
            self._break(stream, ErrorCode.PROTOCOL_ERROR, "the server sent malformed trailers")
        else:
            stream.trailers = headers
            self._learn(stream, block)
            self._finish(stream)

    def _response_headers(self, stream: Stream, headers: Headers, end_flag: int) -> None:
        status = headers.get(b":status", b"")
        if len(status) != 3 or not status.isdigit():
            self._break(stream, ErrorCode.PROTOCOL_ERROR, "the server sent malformed headers")
        elif not status.startswith(b"1"):
            stream.headers = headers
            if end_flag:
                stream.trailers = headers
                self._finish(stream)
        elif end_flag:  # An informational response announces another one (section 8.1).
            self._break(stream, ErrorCode.PROTOCOL_ERROR, f"the server ended the stream with status {status.decode()}")

    def _learn(self, stream: Stream, last_block: bytes) -> None:
        """Take the form of a reply for the usual one when two of them came the long way in a row."""
        known, form = self._decoder.known, (self._opening, len(stream.body), last_block)
        is_usual = form == self._last_form and known.get(self._opening) is stream.headers and last_block in known
        if is_usual and isinstance(stream.body, bytes):
            self._usual_reply = UsualReply(*form, headers=known[self._opening], trailers=known[last_block])
        self._last_form = form

    # The end of an exchange.

    def _finish(self, stream: Stream) -> None:
        if stream.unsent is None:
            del self._streams[stream.stream_id]
        else:  # The server answered before it had the whole request: it wants no more of it (section 8.1).
            self._reset(stream, ErrorCode.CANCEL)
        self._finished.append(stream)

    def _break(self, stream: Stream, code: ErrorCode, words: str) -> None:
        """End an exchange whose stream the peer misused; the connection goes on (section 5.4.2)."""
        self._reset(stream, code)
        self._fail(stream, Failure(BAD_REPLY, words))

    def _fail(self, stream: Stream, failure: Failure) -> None:
        stream.failure = failure
        self._finished.append(stream)

    def _reset(self, stream: Stream, code: ErrorCode) -> None:
        self.output.append(frames.rst_stream(stream.stream_id, code))
        self._close(stream)

    def _close(self, stream: Stream) -> None:
        del self._streams[stream.stream_id]
        self._waiting.pop(stream.stream_id, None)
        stream.unsent = None

    def _check_was_open(self, stream_id: int) -> None:
        """Let late frames of a stream that has ended pass; a stream that never was is an error (section 5.1).

        Section 5.1 allows this "minimal processing" for all streams that are closed, whichever side closed them.
        """
        if stream_id % 2 == 0 or stream_id >= self._next_id:
            raise RemoteProtocolError(f"the server sent a frame on stream {stream_id}, which was never opened")

    # The rest of the connection.

    def _rst_stream(self, flags: int, stream_id: int, payload: bytes) -> None:
        code = frames.uint32(payload, Kind.RST_STREAM)
        stream = self._streams.get(stream_id)
        if stream is None:
            self._check_was_open(stream_id)
            return
        stream.unprocessed = code == ErrorCode.REFUSED_STREAM  # section 8.7
        self._close(stream)
        self._fail(stream, Failure(RESET, f"the server reset the stream with {frames.error_name(code)}"))

    def _settings(self, flags: int, stream_id: int, payload: bytes) -> None:
        is_whole = not payload if flags & Flag.ACK else len(payload) % frames.SETTING.size == 0
        frames.check_of_connection(Kind.SETTINGS, stream_id, is_whole=is_whole)
        if flags & Flag.ACK:
            return
        for setting, value in frames.SETTING.iter_unpack(payload):
            self._apply(setting, value)
        self.output.append(frames.frame(Kind.SETTINGS, Flag.ACK, 0))
        if not self.is_ready:
            self.is_ready = True
            self._only = None
        self._send_more()

    def _window_update(self, flags: int, stream_id: int, payload: bytes) -> None:
        increment = frames.uint32(payload, Kind.WINDOW_UPDATE) & frames.MAX_WINDOW
        if stream_id == 0:
            self._widen(increment)
        elif (stream := self._streams.get(stream_id)) is None:
            self._check_was_open(stream_id)
        elif not self._widen_stream(stream, increment):
            words = f"the server raised the stream's window by {increment}"
            self._break(stream, frames.window_error(increment), words)

    def _ping(self, flags: int, stream_id: int, payload: bytes) -> None:
        frames.check_of_connection(Kind.PING, stream_id, is_whole=len(payload) == 8)
        if not flags & Flag.ACK:
            self.output.append(frames.frame(Kind.PING, Flag.ACK, 0, payload))
        elif payload == _PING_DATA:
            self.awaits_pong = False

    def _goaway(self, flags: int, stream_id: int, payload: bytes) -> None:
        frames.check_of_connection(Kind.GOAWAY, stream_id, is_whole=len(payload) >= 8)
        self.is_going_away = True
        self.capacity = 0
        last_id = UINT32.unpack_from(payload)[0] & frames.MAX_STREAM_ID
        code = UINT32.unpack_from(payload, 4)[0]
        self.goaway_words = payload[8 : 8 + MAX_GOAWAY_WORDS].decode(errors="replace") or self.goaway_words
        reason = f"{frames.error_name(code)}: {self.goaway_words}" if self.goaway_words else frames.error_name(code)
        failure = Failure(CONNECTION_LOST, f"the server is closing the connection ({reason})")
        # Whatever is above the last id was not looked at and never will be (section 6.8).
        for stream in [one for one in self._streams.values() if one.stream_id > last_id]:
            stream.unprocessed = True
            self._close(stream)
            self._fail(stream, failure)

    def _priority(self, flags: int, stream_id: int, payload: bytes) -> None:
        """Priorities are a deprecated hint between peers, and nothing to a client (section 5.3.2)."""
        if stream_id == 0:
            raise RemoteProtocolError("the server sent PRIORITY on stream 0")
        stream = self._streams.get(stream_id)
        if stream is not None and len(payload) != frames.PRIORITY_LENGTH:  # an error of the stream only, section 6.3
            self._break(stream, ErrorCode.FRAME_SIZE_ERROR, "the server sent a malformed PRIORITY frame")

    def _push_promise(self, flags: int, stream_id: int, payload: bytes) -> None:
        raise RemoteProtocolError("the server sent PUSH_PROMISE although push is off")
