"""The head of an HTTP/1.1 reply: from its bytes to what it says, and how long the body behind it is (RFC 9112)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from loadgen.errors import RemoteProtocolError
from loadgen.wire.headers import Headers

_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9][0-9])(?: ([\t -~\x80-\xff]*))?")  # section 4
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2: a token
_VALUE = re.compile(rb"[\t -~\x80-\xff]*")  # RFC 9110 section 5.5
_LENGTH = re.compile(rb"[0-9]{1,18}")

CHUNKED: Final = -1
UNTIL_CLOSE: Final = -2


@dataclass(frozen=True)
class ReplyHead:
    """What a reply says before its body.

    `text` are its bytes, blank line and all. `headers` has the status as `:status`, as in HTTP/2, and the reason phrase
    as `:reason`. `length` is that of the body in bytes, or CHUNKED, or UNTIL_CLOSE. `is_last` is whether the connection
    ends with this reply.
    """

    text: bytes
    headers: Headers
    length: int
    is_last: bool

    @property
    def is_interim(self) -> bool:
        """Whether the real reply is still to come (1xx)."""
        return self.headers[b":status"].startswith(b"1")


def read_head(text: bytes) -> ReplyHead:
    """Return the head with these bytes, which end with its blank line. Raises RemoteProtocolError when it is broken."""
    status_line, *field_lines = text[:-4].split(b"\r\n")
    match = _STATUS_LINE.fullmatch(status_line)
    if match is None:
        raise RemoteProtocolError(f"the server sent a malformed status line: {_shown(status_line)}")
    minor, status, reason = match.groups()
    if status == b"101":
        raise RemoteProtocolError("the server switches to a protocol that nobody asked for (status 101)")
    headers = read_fields(field_lines)
    length = _body_length(status, headers, is_http_1_0=minor == b"0")
    is_last = length == UNTIL_CLOSE or not _persists(headers, is_http_1_0=minor == b"0")
    return ReplyHead(text, {b":status": status, b":reason": reason or b"", **headers}, length, is_last)


def read_fields(lines: Iterable[bytes]) -> Headers:
    """Return header or trailer fields, names in lower case (section 5); raise RemoteProtocolError when one is broken.

    Folded lines, which are long deprecated (section 5.2), and blanks before the colon (section 5.1) count as broken.
    """
    headers: Headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if not (colon and _NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise RemoteProtocolError(f"the server sent a malformed header line: {_shown(line)}")
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def _body_length(status: bytes, headers: Headers, *, is_http_1_0: bool) -> int:
    """Return how long the body is (section 6.3, for the reply to a POST or GET)."""
    if status in (b"204", b"304") or status.startswith(b"1"):
        return 0
    coding, length = headers.get(b"transfer-encoding"), headers.get(b"content-length")
    if coding is not None:
        # With a length beside it this smells of response splitting (section 6.3), and HTTP/1.0 knows no codings (6.1).
        if coding.lower() != b"chunked" or length is not None or is_http_1_0:
            raise RemoteProtocolError(f"the server sent a body in a transfer encoding out of place: {_shown(coding)}")
        return CHUNKED
    return UNTIL_CLOSE if length is None else _content_length(length)


def _content_length(value: bytes) -> int:
    """Return the length; the same one several times is still one (RFC 9110 section 8.6)."""
    first, *others = (one.strip(b" \t") for one in value.split(b","))
    if not _LENGTH.fullmatch(first) or any(other != first for other in others):
        raise RemoteProtocolError(f"the server sent a malformed Content-Length: {_shown(value)}")
    return int(first)


def _persists(headers: Headers, *, is_http_1_0: bool) -> bool:
    """Tell whether the connection may carry another request after this reply (section 9.3)."""
    options = {option.strip(b" \t") for option in headers.get(b"connection", b"").lower().split(b",")}
    return b"close" not in options and (not is_http_1_0 or b"keep-alive" in options)


def _shown(text: bytes) -> str:
    """Return bytes of the server's for an error message, on one line and not too long."""
    return repr(text[:60])[1:] + ("..." if len(text) > 60 else "")
