"""One HTTP/1.1 connection of a client, without a socket (RFC 9112).

Law: this class never reads a clock, never waits, never logs. One request at a time: nothing is pipelined, for servers
are seldom good at it (section 9.3.2). Nothing is offered to be sent again: a POST without a reply may have been carried
out (RFC 9110 section 9.2.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from loadgen.errors import LocalProtocolError, RemoteProtocolError
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.http1_reply import INCOMPLETE, ReplyReader


@dataclass(frozen=True, eq=False)
class Http1Request:
    """What to send: the request line with the header fields and the blank line, and the body behind it.

    Made once, sent as often as wanted. Its method is neither HEAD nor CONNECT, whose replies are framed otherwise.
    """

    head: bytes
    body: bytes


class Http1Connection:
    """Exchanges requests for replies over one connection, one after the other.

    `start(request)` sends one; `receive(data)` takes the peer's bytes and returns the exchange that ended, if one did.
    """

    is_ready = True
    """No greeting is waited for."""
    goaway_words = ""
    awaits_pong = False

    def __init__(self) -> None:
        self.output: list[bytes | memoryview] = []
        """bytes on their way out, for `take_output`"""
        self.capacity = 1
        """So many exchanges may be open at a time: none when the connection takes no new request for good."""
        self._exchange: Exchange | None = None
        self._reader = ReplyReader()
        self._input = b""
        self._dead: RemoteProtocolError | None = None

    def __repr__(self) -> str:
        return f"<Http1Connection in_flight={self.in_flight} capacity={self.capacity} dead={self._dead is not None}>"

    @property
    def is_going_away(self) -> bool:
        """Whether the connection takes no new request for good: `Connection: close` came, or it is out of step."""
        return self.capacity == 0

    @property
    def in_flight(self) -> int:
        """The number of exchanges that have not ended."""
        return 0 if self._exchange is None else 1

    @property
    def room(self) -> int:
        """How many more exchanges may start now."""
        return self.capacity if self._exchange is None else 0

    @property
    def open_exchanges(self) -> Iterable[Exchange]:
        """The exchange that has not ended, if there is one."""
        return () if self._exchange is None else (self._exchange,)

    def start(self, request: Http1Request) -> Exchange:
        """Send a request. Raises LocalProtocolError when there is no `room`."""
        if self._exchange is not None or not self.capacity:
            raise LocalProtocolError(f"the connection takes no more requests now: {self!r}")
        self._exchange = self._reader.exchange = exchange = Exchange(request)
        self.output += (request.head, request.body)
        return exchange

    def receive(self, data: bytes, now_ns: int = 0) -> list[Exchange]:  # noqa: ARG002 - the signature of every protocol
        """Take bytes from the peer; return the exchange that ended by them, if one did.

        Raises RemoteProtocolError when the peer broke a rule; its `finished` is what ended before that.
        """
        if self._dead:
            raise self._dead
        finished: list[Exchange] = []
        try:
            self._take(self._input + data if self._input else data, finished)
        except RemoteProtocolError as error:
            self._dead = error
            self.capacity = 0
            error.finished = finished
            raise
        return finished

    def end_of_input(self) -> list[Exchange]:
        """Return the exchange whose body lasts until the peer closes its side, which it just did, if there is one."""
        finished: list[Exchange] = []
        self._reader.end_of_input()
        self._collect(finished)
        self.capacity = 0
        return finished

    def take_output(self) -> bytes:
        """Return the bytes to be sent, which the connection then forgets."""
        output = b"".join(self.output)
        self.output.clear()
        return output

    def cancel(self, exchange: Exchange, failure: Failure) -> None:
        """End an exchange now, and the connection with it: what comes of its reply could be taken for the next one."""
        if exchange is self._exchange:
            exchange.failure = failure
            self._close()

    def disconnect(self, failure: Failure) -> list[Exchange]:
        """End what is open: the socket is gone. Only a request that never left is known to be unprocessed."""
        lost = list(self.open_exchanges)
        for exchange in lost:
            exchange.failure = failure
            exchange.unprocessed = bool(self.output)
        self._close()
        return lost

    def ping(self) -> None:
        """Do nothing: HTTP/1.1 has no such question."""

    def say_goodbye(self) -> None:
        """Do nothing: to close the socket is all there is to say."""

    def _close(self) -> None:
        self._exchange = None
        self.capacity = 0

    def _take(self, data: bytes, finished: list[Exchange]) -> None:
        position, end = 0, len(data)
        while position < end:
            if self._exchange is None:
                self._take_unasked(end - position)
                return
            reached = self._reader.read(data, position)
            if reached == INCOMPLETE:
                break
            position = reached
            self._collect(finished)
        self._input = data[position:] if position < end else b""

    def _collect(self, finished: list[Exchange]) -> None:
        if self._reader.is_last:
            self.capacity = 0
        if self._exchange is not None and self._reader.exchange is None:
            finished.append(self._exchange)
            self._exchange = None

    def _take_unasked(self, size: int) -> None:
        """Take bytes that belong to no request: an error, unless the connection is at its end anyway (section 9.6)."""
        self._input = b""
        if self.capacity:
            raise RemoteProtocolError(f"the server sent {size} bytes that nobody asked for")
