"""What the tests of HTTP/1.1 share: a server in memory, made of the independent `h11` library, and feeding."""

from collections.abc import Iterable

import h11

from loadgen.errors import RemoteProtocolError
from loadgen.wire.exchange import Exchange
from loadgen.wire.http1 import Http1Connection, Http1Request

REQUEST = Http1Request(b"POST /echo HTTP/1.1\r\nHost: localhost:8000\r\nContent-Length: 8\r\n\r\n", b"question")


class H11Server:
    """One connection of a server."""

    def __init__(self) -> None:
        self.connection = h11.Connection(h11.SERVER)

    def take(self, data: bytes) -> tuple[h11.Request, bytes]:
        """Return the request that these bytes are, which must be a whole one and no more, and its body."""
        self.connection.receive_data(data)
        request, *parts = iter(self.connection.next_event, h11.NEED_DATA)
        *parts, end = parts
        assert isinstance(request, h11.Request)
        assert isinstance(end, h11.EndOfMessage)
        return request, b"".join(bytes(part.data) for part in parts)

    def answer(self, *events: h11.Event) -> bytes:
        """Return the bytes of a reply, and be ready for the next request if the connection lasts."""
        data = b"".join(self.connection.send(event) or b"" for event in events)
        if self.connection.our_state is h11.DONE:
            self.connection.start_next_cycle()
        return data


def whole(*headers: tuple[str, str], body: bytes = b"answer", status: int = 200) -> list[h11.Event]:
    """Return the events of a reply."""
    return [h11.Response(status_code=status, headers=headers, reason=b"OK"), h11.Data(data=body), h11.EndOfMessage()]


def feed(client: Http1Connection, pieces: Iterable[bytes]) -> tuple[list[Exchange], RemoteProtocolError | None]:
    """Return the exchanges that ended by these pieces, and the error that ended them all."""
    finished: list[Exchange] = []
    for piece in pieces:
        try:
            finished += client.receive(piece)
        except RemoteProtocolError as error:
            return finished + error.finished, error
    return finished, None


def one_byte_at_a_time(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def all_at_once(data: bytes) -> list[bytes]:
    return [data]
