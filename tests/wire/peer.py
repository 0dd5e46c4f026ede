"""An HTTP/2 server in memory, made of the independent `h2` library, and the ways to read what our client sends."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded
from hyperframe.frame import Frame, HeadersFrame, SettingsFrame

from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Exchange, Request
from loadgen.wire.frames import PREFACE
from loadgen.wire.streaming import StreamingConnection

REQUEST_HEADERS = (
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b":path", b"/echo.Echo/Say"),
    (b":authority", b"localhost:8001"),
    (b"te", b"trailers"),
    (b"content-type", b"application/grpc"),
)
RESPONSE_HEADERS = ((b":status", b"200"), (b"content-type", b"application/grpc"))
TRAILERS = ((b"grpc-status", b"0"),)

# ":status: 200" is entry 8 of HPACK's static table (RFC 7541 appendix A), so this block needs no dynamic table.
STATUS_200 = b"\x88"


def request(body: bytes = b"question", headers: tuple[tuple[bytes, bytes], ...] = REQUEST_HEADERS) -> Request:
    return Request(headers, body)


def frames_in(data: bytes) -> list[Frame]:
    """Take bytes that a client sent apart, by hyperframe; the connection preface is left out."""
    frames = []
    for raw in _split(data.removeprefix(PREFACE)):
        frame, _ = Frame.parse_frame_header(memoryview(raw[:9]))
        frame.parse_body(memoryview(raw[9:]))
        frames.append(frame)
    return frames


def raw_frame(kind: int, payload: bytes, *, flags: int = 0, stream_id: int = 0) -> bytes:
    """Return a frame that hyperframe would refuse to make."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream_id.to_bytes(4) + payload


def _split(data: bytes) -> Iterator[bytes]:
    while data:
        end = 9 + int.from_bytes(data[:3])
        yield data[:end]
        data = data[end:]


def ready_client() -> ClientConnection:
    """Return a client that has seen the server's SETTINGS and has nothing to send."""
    client = ClientConnection()
    client.receive(SettingsFrame().serialize())
    client.take_output()
    return client


def response_headers(stream_id: int, *flags: str) -> HeadersFrame:
    """Return the smallest response headers, `:status: 200`, as a frame to play with."""
    return HeadersFrame(stream_id, STATUS_200, flags=("END_HEADERS", *flags))


@dataclass
class Received:
    """What the server has of one request."""

    headers: list[tuple[bytes, bytes]]
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False


class Pair:
    """Our client and an h2 server, joined in memory. h2 raises when the client breaks a rule."""

    def __init__(self, client: ClientConnection | StreamingConnection | None = None) -> None:
        self.client = client or ClientConnection()
        self.server = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self.server.initiate_connection()
        self.received: dict[int, Received] = {}
        self.events: list[Event] = []
        self.sent: list[Frame] = []
        self.finished: list[Exchange] = []

    def exchange(self) -> list[Exchange]:
        """Carry bytes both ways until there are none left; return the exchanges that ended by them."""
        finished: list[Exchange] = []
        while True:
            question = self.client.take_output()
            self.sent += frames_in(question)
            self._serve(question)
            answer = self.server.data_to_send()
            finished += self.client.receive(answer)
            if not question and not answer:
                self.finished += finished
                return finished

    def answer(self, stream_id: int, body: bytes = b"answer", trailers=TRAILERS) -> None:
        """Send a whole response that fits the windows of the client."""
        _answer(self.server, stream_id, body, trailers)

    def sent_on(self, stream_id: int, kind: type[Frame]) -> list[Frame]:
        """Return the frames of a kind that the client has sent on a stream."""
        return [frame for frame in self.sent if frame.stream_id == stream_id and isinstance(frame, kind)]

    def happened(self, kind: type[Event]) -> list[Event]:
        """Return what h2 reported of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _serve(self, question: bytes) -> None:
        if question.startswith(PREFACE):
            self.server.receive_data(PREFACE)
        # One at a time, for h2 puts its new settings into force between two calls only.
        for frame in _split(question.removeprefix(PREFACE)):
            self._note(self.server.receive_data(frame))

    def _note(self, events: list[Event]) -> None:
        self.events += events
        for event in events:
            if isinstance(event, RequestReceived):
                self.received[event.stream_id] = Received([tuple(field) for field in event.headers])
            elif isinstance(event, DataReceived):
                self.received[event.stream_id].body += event.data
            elif isinstance(event, StreamEnded):
                self.received[event.stream_id].ended = True


def client_with_two_calls() -> ClientConnection:
    """Return a client that has sent two requests before it heard of the server."""
    client = ClientConnection()
    client.start(request())
    client.start(request())
    return client


def two_answers() -> bytes:
    """Return all that an h2 server sends in the course of two calls, a PING and a change of SETTINGS."""
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_connection()
    server.receive_data(client_with_two_calls().take_output())
    server.ping(b"abcdefgh")
    _answer(server, 1, b"first answer")
    server.update_settings({SettingsFrame.HEADER_TABLE_SIZE: 200, SettingsFrame.MAX_CONCURRENT_STREAMS: 7})
    _answer(server, 3, b"second answer", ((b"grpc-status", b"3"), (b"grpc-message", b"bad")))
    return server.data_to_send()


def _answer(server: H2Connection, stream_id: int, body: bytes, trailers=TRAILERS) -> None:
    server.send_headers(stream_id, RESPONSE_HEADERS)
    for start in range(0, len(body), server.max_outbound_frame_size):
        server.send_data(stream_id, body[start : start + server.max_outbound_frame_size])
    server.send_headers(stream_id, trailers, end_stream=True)
