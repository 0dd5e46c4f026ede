"""An HTTP/1.1 reply from its bytes, in whatever pieces they come (RFC 9112 sections 6 and 7)."""

import re
from collections.abc import Callable
from typing import Final

from loadgen.errors import RemoteProtocolError
from loadgen.wire.exchange import Exchange
from loadgen.wire.http1_head import CHUNKED, UNTIL_CLOSE, ReplyHead, read_fields, read_head

# Real heads are far smaller; more is an attack or a defect.
MAX_HEAD: Final = 2**16
MAX_CHUNK_LINE: Final = 2**12

INCOMPLETE: Final = -1

_START = b"HTTP/1."
# Section 7.1: the size, then extensions, of which nobody here knows any (section 7.1.1: those are ignored).
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[\t ]*(?:;[\t -~\x80-\xff]*)?")


class ReplyReader:
    """Fills one exchange after the other with its reply.

    `read(data, position)` takes some data from there on and returns the position up to which it did, or INCOMPLETE when
    it can only go on with more. It raises RemoteProtocolError for what is not a reply. The owner sets `exchange`, and
    finds None there when it has ended. `is_last` is whether the connection ends with the reply.
    """

    def __init__(self) -> None:
        self.exchange: Exchange | None = None
        self.is_last = False
        self.read: Callable[[bytes, int], int] = self._read_head
        # A server repeats itself: what was read from the head before is remembered. No head begins like this one.
        self._last_head = ReplyHead(b"?", {}, 0, is_last=False)
        self._body_left = 0

    def end_of_input(self) -> None:
        """End a body that lasts until the peer closes its side, which it just did (section 6.3)."""
        if self.read == self._read_until_close:
            self._finish()

    def _read_head(self, data: bytes, position: int) -> int:
        head = self._last_head
        if not data.startswith(head.text, position):
            end = _end_of_head(data, position)
            if end == INCOMPLETE:
                return INCOMPLETE
            self._last_head = head = read_head(data[position:end])
        if not head.is_interim:  # RFC 9110 section 15.2: any number of those may come first.
            self._begin_body(head)
        return position + len(head.text)

    def _begin_body(self, head: ReplyHead) -> None:
        assert self.exchange is not None
        self.exchange.headers = self.exchange.trailers = head.headers
        self.is_last = head.is_last
        if head.length == CHUNKED:
            self.read = self._read_chunk_line
        elif head.length == UNTIL_CLOSE:
            self.read = self._read_until_close
        elif head.length:
            self._body_left = head.length
            self.read = self._read_fixed
        else:
            self._finish()

    def _read_fixed(self, data: bytes, position: int) -> int:
        position = self._read_body(data, position)
        if not self._body_left:
            self._finish()
        return position

    def _read_until_close(self, data: bytes, position: int) -> int:
        self._body_left = len(data) - position
        return self._read_body(data, position)

    def _read_chunk_line(self, data: bytes, position: int) -> int:
        end = _end_of_line(data, position, limit=MAX_CHUNK_LINE)
        if end != INCOMPLETE:
            match = _CHUNK_LINE.fullmatch(data, position, end - 2)
            if match is None:
                raise RemoteProtocolError("the server sent a chunk without a proper size")
            self._body_left = int(match[1], 16)
            self.read = self._read_chunk if self._body_left else self._read_trailers
        return end

    def _read_chunk(self, data: bytes, position: int) -> int:
        position = self._read_body(data, position)
        if not self._body_left:
            self.read = self._read_end_of_chunk
        return position

    def _read_end_of_chunk(self, data: bytes, position: int) -> int:
        end = position + 2
        if not b"\r\n".startswith(data[position:end]):
            raise RemoteProtocolError("the server sent a chunk that is longer than its size")
        if len(data) < end:
            return INCOMPLETE
        self.read = self._read_chunk_line
        return end

    def _read_trailers(self, data: bytes, position: int) -> int:
        assert self.exchange is not None
        if data.startswith(b"\r\n", position):
            self._finish()
            return position + 2
        end = _end_of_fields(data, position)
        if end != INCOMPLETE:
            self.exchange.trailers = read_fields(data[position : end - 4].split(b"\r\n"))
            self._finish()
        return end

    def _read_body(self, data: bytes, position: int) -> int:
        """Take what there is of the `_body_left` bytes."""
        assert self.exchange is not None
        end = min(position + self._body_left, len(data))
        self.exchange.add_to_body(memoryview(data)[position:end])
        self._body_left -= end - position
        return end

    def _finish(self) -> None:
        self.exchange = None
        self.read = self._read_head


def _end_of_head(data: bytes, position: int) -> int:
    if not _START.startswith(data[position : position + len(_START)]):
        raise RemoteProtocolError("the server does not answer in HTTP/1.1")
    return _end_of_fields(data, position)


def _end_of_fields(data: bytes, position: int) -> int:
    """Return where a block of lines ends, after its blank line, or INCOMPLETE; refuse one that is too long."""
    if _end_of_line(data, position, limit=MAX_HEAD) == INCOMPLETE:
        return INCOMPLETE
    return _end_of(b"\r\n\r\n", data, position, limit=MAX_HEAD)


def _end_of_line(data: bytes, position: int, *, limit: int) -> int:
    """Return where a line ends, after its CRLF, or INCOMPLETE.

    A line feed alone is refused at once (section 2.2 leaves that to us), or we would wait for the CRLF for ever.
    """
    end = _end_of(b"\n", data, position, limit=limit)
    if end != INCOMPLETE and data[max(position, end - 2) : end] != b"\r\n":
        raise RemoteProtocolError("the server ends its lines without a carriage return")
    return end


def _end_of(mark: bytes, data: bytes, position: int, *, limit: int) -> int:
    start = data.find(mark, position, position + limit)
    if start >= 0:
        return start + len(mark)
    if len(data) - position >= limit:
        raise RemoteProtocolError(f"the server sent a head or a chunk line of more than {limit} bytes")
    return INCOMPLETE
