"""What repeats: the frames of requests and replies that differ from those before in little but the id of their stream.

A load test sends the same again and again, and gets the same back. Whatever has the usual form is made and taken apart
at a stroke; everything else takes the long way, by which the usual form is learned. Law of this file: a form matches
only what the long way would treat alike.
"""

from struct import Struct

from loadgen.wire import frames
from loadgen.wire.frames import Flag, Kind
from loadgen.wire.headers import Fields, Headers


class UsualRequest:
    """A whole request in two frames: HEADERS with a block that may be repeated, and DATA that ends the stream.

    `pack(begin, stream_id, block, size << 8 | DATA, END_STREAM, stream_id)` is all of it but the body of `size` bytes.
    """

    def __init__(self, fields: Fields | None, block: bytes) -> None:
        self.fields = fields
        self.block = block
        self.begin = _head(Kind.HEADERS, Flag.END_HEADERS, len(block))
        self.pack = Struct(f">{len(self.begin)}sI{len(block)}sIBI").pack


class UsualReply:
    """A whole reply in three frames: HEADERS, DATA of a certain size, and HEADERS that end the stream.

    `unpack(data, position)` gives what stands before the id of the stream, the id, what stands between, the id in DATA,
    the body, what stands between, the id in the last frame, and the rest. All but ids and body are the `constant`.
    """

    def __init__(self, block: bytes, size: int, last_block: bytes, *, headers: Headers, trailers: Headers) -> None:
        self.headers = headers
        self.size = size
        self.trailers = trailers
        self.constant = (
            _head(Kind.HEADERS, Flag.END_HEADERS, len(block)),
            block + _head(Kind.DATA, 0, size),
            _head(Kind.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, len(last_block)),
            last_block,
        )
        first, between, end, rest = map(len, self.constant)
        form = Struct(f">{first}sI{between}sI{size}s{end}sI{rest}s")
        self.unpack = form.unpack_from
        self.length = form.size


def _head(kind: Kind, flags: int, length: int) -> bytes:
    """Return the head of a frame up to the id of its stream, which are its last four bytes."""
    return frames.head(kind, flags, 0, length)[:-4]
