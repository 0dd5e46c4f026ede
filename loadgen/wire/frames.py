"""The vocabulary of HTTP/2 frames (RFC 9113 sections 4 and 6), how one is built, and how payloads are read."""

from enum import IntEnum
from struct import Struct
from typing import Final

from loadgen.errors import RemoteProtocolError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD_LENGTH = 9
MAX_STREAM_ID = 2**31 - 1
MAX_WINDOW = 2**31 - 1
DEFAULT_WINDOW = 65_535
DEFAULT_MAX_FRAME_SIZE = 16_384
LARGEST_MAX_FRAME_SIZE = 2**24 - 1
PRIORITY_LENGTH = 5

UINT32 = Struct(">I")
SETTING = Struct(">HI")
# The 24 bits of length and the 8 of kind are read as one number, so that one unpack takes the head apart.
HEAD = Struct(">IBI")


class Kind(IntEnum):
    """The kinds of frames (RFC 9113 section 6)."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Flag:
    """The flags of frames; ACK and END_STREAM share a bit, on different kinds.

    Plain integers, for the operators of an IntFlag run in Python and would cost more than the rest of a frame.
    """

    ACK: Final = 0x1
    END_STREAM: Final = 0x1
    END_HEADERS: Final = 0x4
    PADDED: Final = 0x8
    PRIORITY: Final = 0x20


class ErrorCode(IntEnum):
    """Why a stream or a connection ended (RFC 9113 section 7)."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


class Setting(IntEnum):
    """The parameters of a SETTINGS frame (RFC 9113 section 6.5.2)."""

    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6


def error_name(code: int) -> str:
    """Return the RFC's name of an error code; unknown codes are allowed and shown as numbers (RFC 9113 section 7)."""
    return ErrorCode(code).name if code in ErrorCode.__members__.values() else f"error code {code:#x}"


def head(kind: int, flags: int, stream_id: int, length: int) -> bytes:
    """Return the nine bytes before a payload of `length` bytes."""
    return HEAD.pack(length << 8 | kind, flags, stream_id)


def frame(kind: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """Return a whole frame."""
    return head(kind, flags, stream_id, len(payload)) + payload


def settings(values: dict[Setting, int]) -> bytes:
    """Return a SETTINGS frame with these values."""
    return frame(Kind.SETTINGS, 0, 0, b"".join(SETTING.pack(name, value) for name, value in values.items()))


def window_update(stream_id: int, increment: int) -> bytes:
    """Return a WINDOW_UPDATE frame; stream 0 is the connection."""
    return frame(Kind.WINDOW_UPDATE, 0, stream_id, UINT32.pack(increment))


def rst_stream(stream_id: int, code: ErrorCode) -> bytes:
    """Return a RST_STREAM frame."""
    return frame(Kind.RST_STREAM, 0, stream_id, UINT32.pack(code))


def goaway(last_stream_id: int, code: int) -> bytes:
    """Return a GOAWAY frame without debug data."""
    return frame(Kind.GOAWAY, 0, 0, UINT32.pack(last_stream_id) + UINT32.pack(code))


def without_padding(payload: bytes) -> bytes:
    """Return a PADDED payload without its length byte and padding (section 6.1)."""
    if not payload or payload[0] >= len(payload):
        raise RemoteProtocolError("the server sent a frame with more padding than bytes")
    return payload[1 : len(payload) - payload[0]]


def header_fragment(flags: int, payload: bytes) -> bytes:
    """Return the payload of a HEADERS frame without padding and priority (section 6.2)."""
    if flags & Flag.PADDED:
        payload = without_padding(payload)
    if flags & Flag.PRIORITY:
        if len(payload) < PRIORITY_LENGTH:
            raise malformed(Kind.HEADERS)
        payload = payload[PRIORITY_LENGTH:]
    return payload


def uint32(payload: bytes, kind: Kind) -> int:
    """Return the number that is the whole payload of RST_STREAM and WINDOW_UPDATE (sections 6.4 and 6.9)."""
    if len(payload) != UINT32.size:
        raise malformed(kind)
    number: int = UINT32.unpack(payload)[0]
    return number


def malformed(kind: Kind) -> RemoteProtocolError:
    """Return the error of a frame whose size is not one of its kind's (section 4.2)."""
    return RemoteProtocolError(f"the server sent a malformed {kind.name} frame", ErrorCode.FRAME_SIZE_ERROR)


def check_of_connection(kind: Kind, stream_id: int, *, is_whole: bool) -> None:
    """Refuse a frame of the connection that names a stream, or is not whole (sections 6.5, 6.7 and 6.8)."""
    if stream_id:
        raise RemoteProtocolError(f"the server sent {kind.name} on stream {stream_id}")
    if not is_whole:
        raise malformed(kind)


def window_error(increment: int) -> ErrorCode:
    """Return what is wrong with an increment: it is nothing (section 6.9) or too much (section 6.9.1)."""
    return ErrorCode.FLOW_CONTROL_ERROR if increment else ErrorCode.PROTOCOL_ERROR
