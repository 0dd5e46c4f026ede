"""Calls over bidirectional gRPC streams: each gets any number of responses, matched to it by an id.

A call has a stream for itself while it lasts; streams stay open and are used again, so that there are as many as there
are calls at a time ("one stream per slot", behaviour section 9.4).

Law of this file: a call ends once, by its final response, by an error of its own, or with its stream.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loadgen.errors import LocalProtocolError, RemoteProtocolError
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import BAD_REPLY, STREAM_ERROR, Exchange, Failure, Request
from loadgen.wire.grpc import MESSAGE_PREFIX, Compression, decoded, failure_of_status, framed
from loadgen.wire.headers import Fields
from loadgen.wire.stream import Stream

# ModelInferRequest.id is field 3, a string; of a scalar field that comes twice, the last one counts.
_ID_TAG = 0x1A


@dataclass(frozen=True)
class StreamReply:
    """What a message from the server says of its call.

    `is_empty`: it carries no outputs, and is there only to be final.
    """

    id: str
    error_message: str
    is_final: bool
    is_empty: bool


class StreamCall(Exchange):
    """One request and its responses on a stream.

    `responses` are the serialised messages that are not empty, and `response_ns` the instants at which they were seen.
    """

    def __init__(self, request: Request, number: int, stream: Stream) -> None:
        super().__init__(request)
        self.number = number
        self.stream = stream
        self.responses: list[bytes] = []
        self.response_ns: list[int] = []


OnResponse = Callable[[StreamCall], object]


def failure_of(exchange: Exchange) -> Failure | None:
    """Return why a call failed; None is a good one, which may have no response at all."""
    return exchange.failure


class StreamingConnection:
    """Exchanges requests for any number of responses over the streams of one connection.

    `headers` are those of every stream; they carry no timeout, for a stream outlives its calls. `read_reply` takes a
    serialised message apart, and raises RemoteProtocolError when it cannot. `on_response` gets the call of each
    response that is not empty while the bytes are still being taken, so that it must not start or cancel calls itself.
    """

    def __init__(
        self,
        headers: Fields,
        read_reply: Callable[[bytes], StreamReply],
        *,
        compression: Compression | None = None,
        on_response: OnResponse | None = None,
    ) -> None:
        self._headers = headers
        self._read_reply = read_reply
        self._compression = compression
        self._on_response = on_response
        self._wire = _MessageConnection(self._take_messages, self._take_end)
        self.output = self._wire.output
        """bytes on their way out, for `take_output`"""
        self._calls: dict[int, StreamCall] = {}  # by number, which is the id that the server sees
        self._on_stream: dict[int, StreamCall] = {}
        self._idle: dict[int, Stream] = {}
        self._ended: list[StreamCall] = []
        self._now_ns = 0
        self._next_number = 1
        self._untaken_number = 1  # The calls from here on are in the output that nobody has taken yet.

    def __repr__(self) -> str:
        return f"<StreamingConnection in_flight={len(self._calls)} idle={len(self._idle)} on {self._wire!r}>"

    # What the owner does.

    @property
    def capacity(self) -> int:
        """So many calls may be open at a time, as each has a stream; 0 when no more may start."""
        return self._wire.capacity

    @property
    def is_ready(self) -> bool:
        """The server's SETTINGS have come."""
        return self._wire.is_ready

    @property
    def is_going_away(self) -> bool:
        """No new call will be taken for good."""
        return self._wire.is_going_away

    @property
    def goaway_words(self) -> str:
        """What the server said of its reasons in GOAWAY."""
        return self._wire.goaway_words

    @property
    def awaits_pong(self) -> bool:
        """A `ping()` is not answered yet."""
        return self._wire.awaits_pong

    @property
    def in_flight(self) -> int:
        """The number of calls that have not ended."""
        return len(self._calls)

    @property
    def room(self) -> int:
        """How many more calls may start now."""
        return max(0, min(self.capacity - len(self._calls), len(self._idle) + self._wire.room))

    @property
    def open_exchanges(self) -> list[StreamCall]:
        """The calls that have not ended, oldest first."""
        return list(self._calls.values())

    def start(self, request: Request) -> StreamCall:
        """Send a request's message, uncompressed as `unary_request` makes it, under an id of its own.

        Its headers are not sent: those of the stream are. Raises LocalProtocolError when there is no `room`.
        """
        if self.room < 1:
            raise LocalProtocolError(f"the connection takes no more requests now: {self!r}")
        number = self._next_number
        self._next_number += 1
        message = b"".join((memoryview(request.body)[MESSAGE_PREFIX.size :], _id_field(number)))
        framed_message = framed(message, self._compression)
        if self._idle:
            _, stream = self._idle.popitem()
            self._wire.send(stream, framed_message)
        else:
            stream = self._wire.open(Request(self._headers, framed_message))
        call = StreamCall(request, number, stream)
        self._calls[number] = self._on_stream[stream.stream_id] = call
        return call

    def receive(self, data: bytes, now_ns: int = 0) -> list[StreamCall]:
        """Take bytes from the peer, seen at an instant; return the calls that ended by them.

        Raises RemoteProtocolError when the peer broke a rule of the connection; what ended before that is in the error.
        """
        self._now_ns = now_ns
        try:
            self._wire.receive(data)
        except RemoteProtocolError as error:
            error.finished, self._ended = self._ended, []
            raise
        ended, self._ended = self._ended, []
        return ended

    def take_output(self) -> bytes:
        """Return the bytes to be sent, which the connection then forgets."""
        self._untaken_number = self._next_number
        return self._wire.take_output()

    def cancel(self, exchange: StreamCall, failure: Failure) -> None:
        """End a call now, and its stream with it. Nothing happens if it has ended."""
        if exchange.number in self._calls:
            self._wire.cancel(exchange.stream, failure)
            self._end(exchange, failure)

    def disconnect(self, failure: Failure) -> list[StreamCall]:
        """End all calls with a failure, for the connection is gone; return them, oldest first."""
        self._wire.disconnect(failure)
        self._idle.clear()
        ended = self.open_exchanges
        for call in ended:
            call.unprocessed = call.number >= self._untaken_number  # It never left us.
            self._end(call, failure)
        return ended

    def end_of_input(self) -> list[StreamCall]:
        """Tell that the peer closed its side, which ends no call."""
        return []

    def ping(self) -> None:
        """Ask the peer for a sign of life."""
        self._wire.ping()

    def say_goodbye(self) -> None:
        """End the streams on our side, and announce that the connection is about to be closed."""
        for stream in self._wire.open_exchanges:
            self._wire.end(stream)
        self._wire.say_goodbye()

    # The responses.

    def _take_messages(self, stream: Stream) -> None:
        """Give the messages that are whole to their calls."""
        for is_compressed, message in _whole_messages(stream.body):
            call = self._on_stream.get(stream.stream_id)
            try:
                self._take_message(call, decoded(is_compressed, message, stream.headers or {}))
            except RemoteProtocolError as error:
                if call is not None:
                    self.cancel(call, Failure(BAD_REPLY, str(error)))
                    self._ended.append(call)

    def _take_end(self, stream: Stream) -> None:
        """End the call on a stream that has ended, unless its last messages did."""
        self._take_messages(stream)
        self._idle.pop(stream.stream_id, None)
        call = self._on_stream.get(stream.stream_id)
        if call is not None:
            call.unprocessed = stream.unprocessed
            self._end(call, _failure_of_stream(stream))
            self._ended.append(call)

    def _take_message(self, open_call: StreamCall | None, message: bytes) -> None:
        reply = self._read_reply(message)
        call = self._call_of(reply.id, open_call)
        if call is None:
            return
        if reply.error_message:
            self._end_by_message(call, Failure(STREAM_ERROR, reply.error_message))
            return
        if not reply.is_empty:
            call.responses.append(message)
            call.response_ns.append(self._now_ns)
            if self._on_response is not None:
                self._on_response(call)
        if reply.is_final:
            call.end_ns = call.response_ns[-1] if call.response_ns else self._now_ns
            self._end_by_message(call, None)

    def _end_by_message(self, call: StreamCall, failure: Failure | None) -> None:
        """End a call, whose stream may serve another unless a part of the request still waits for a window."""
        self._end(call, failure)
        self._ended.append(call)
        stream = call.stream
        if stream.takes_more:
            self._idle[stream.stream_id] = stream
        elif stream.unsent:
            self._wire.cancel(stream, Failure(STREAM_ERROR, "answered before the request was sent"))

    def _call_of(self, reply_id: str, open_call: StreamCall | None) -> StreamCall | None:
        """Return the call that a reply belongs to; None if that has ended, for then the rest of it is let pass.

        A decoupled model may go on after an error. No id at all means the call on this stream, for there is no other.
        Any other id is not let pass: the call that it should have named would wait for ever.
        """
        if open_call is None or reply_id in ("", str(open_call.number)):
            return open_call
        if self._has_ended(reply_id):
            return None
        raise RemoteProtocolError(f"the server answered request {open_call.number} with the id {reply_id[:20]!r}")

    def _has_ended(self, reply_id: str) -> bool:
        """Tell whether this is the id of a call that we have made and that is over."""
        if not (reply_id.isascii() and reply_id.isdigit() and len(reply_id) < 20):
            return False
        return 0 < int(reply_id) < self._next_number and int(reply_id) not in self._calls

    def _end(self, call: StreamCall, failure: Failure | None) -> None:
        call.failure = failure
        del self._calls[call.number]
        del self._on_stream[call.stream.stream_id]


class _MessageConnection(ClientConnection):
    """Tells at once of data on a stream, and of its end, so that all is dealt with before the next frame."""

    def __init__(self, on_data: Callable[[Stream], None], on_end: Callable[[Stream], None]) -> None:
        super().__init__()
        self._on_data = on_data
        self._on_end = on_end

    def _data(self, flags: int, stream_id: int, payload: bytes) -> None:
        stream = self._streams.get(stream_id)
        super()._data(flags, stream_id, payload)
        if stream is not None:
            self._on_data(stream)

    def _finish(self, stream: Stream) -> None:
        super()._finish(stream)
        self._on_end(stream)

    def _fail(self, stream: Stream, failure: Failure) -> None:
        super()._fail(stream, failure)
        self._on_end(stream)


def _id_field(number: int) -> bytes:
    digits = b"%d" % number
    return bytes((_ID_TAG, len(digits))) + digits


def _whole_messages(body: bytes | bytearray) -> list[tuple[int, bytes]]:
    """Take the messages that are whole out of what has come, each with its flag of compression."""
    assert isinstance(body, bytearray)  # that of a stream that stays open
    messages = []
    start = 0
    while len(body) - start >= MESSAGE_PREFIX.size:
        is_compressed, size = MESSAGE_PREFIX.unpack_from(body, start)
        end = start + MESSAGE_PREFIX.size + size
        if end > len(body):
            break
        messages.append((is_compressed, bytes(body[start + MESSAGE_PREFIX.size : end])))
        start = end
    del body[:start]
    return messages


def _failure_of_stream(stream: Stream) -> Failure:
    """Return why a call failed whose stream ended before its final response."""
    if stream.failure is not None:
        return stream.failure
    trailers = stream.trailers or {}
    if trailers.get(b"grpc-status") == b"0":
        return Failure(BAD_REPLY, "the server ended the stream before the final response")
    return failure_of_status(stream.headers or {}, trailers)
