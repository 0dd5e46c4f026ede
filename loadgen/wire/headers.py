"""Header blocks, coded by hpack and remembered while that is sound.

A load test sends the same headers again and again, and gets the same back: after the first exchanges each block is a
handful of table indices. A remembered block stays true as long as the dynamic table does not change, for its indices
count from the newest entry (RFC 7541 section 2.3.3). Law of this file: whatever changes a table forgets every block.
"""

import re
from collections.abc import Iterable
from typing import Final

from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError, OversizedHeaderListError
from hpack.table import HeaderTable

from loadgen.errors import RemoteProtocolError
from loadgen.wire.frames import ErrorCode

Fields = tuple[tuple[bytes, bytes], ...]
"""Header fields to send: lower-case names, pseudo-header fields first (RFC 9113 section 8.3)."""

Headers = dict[bytes, bytes]
"""Header fields received; those that came several times are joined by a comma (RFC 9110 section 5.3)."""

MAX_HEADER_LIST: Final = 2**16
"""So many bytes of fields we take in one block; each counts 32 more than its text (RFC 9113 section 6.5.2)."""

MAX_REMEMBERED: Final = 256
MAX_REMEMBERED_BLOCK: Final = 2**10
"""A peer that never repeats itself must not fill our memory with blocks; nor must one of large blocks."""

_STATUS: Final = b":status"
_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_FORBIDDEN_IN_VALUES: Final = re.compile(rb"[\0\r\n]")
_OF_HTTP_1: Final = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))


class WatchedTable(HeaderTable):
    """A dynamic table that counts the entries it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.insertions = 0

    def add(self, name: bytes, value: bytes) -> None:
        """Insert an entry and count it."""
        self.insertions += 1
        super().add(name, value)


class HeaderEncoder:
    """Turns header fields into blocks.

    As long as `last_fields` is not None, `last_block` stays their block and may be sent again without asking. The
    requests of a load share one tuple of fields, so it is enough to look for that very object, which spares hashing it.
    """

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._encoder.header_table = self._table = WatchedTable()
        self.last_fields: Fields | None = None
        self.last_block = b""

    def limit_table(self, size: int) -> None:
        """Obey the peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces it (RFC 7541 section 4.2)."""
        # More than the default is allowed to us, but a few dozen entries are all that a load test needs.
        size = min(size, HeaderTable.DEFAULT_SIZE)
        if size == self._encoder.header_table_size:
            return
        self._encoder.header_table_size = size
        # The smallest and the last are to be announced: one in between may be more than is allowed by now.
        changes = self._encoder.table_size_changes
        changes[:] = sorted({min(changes), size})
        self.last_fields = None

    def encode(self, fields: Fields) -> bytes:
        """Return the block for these fields. It must be sent, and before any other block of this encoder."""
        insertions, resized = self._table.insertions, self._table.resized
        block = self._encoder.encode(fields)
        has_changed = self._table.insertions != insertions or resized
        self.last_fields = None if has_changed else fields
        self.last_block = block
        return block


class HeaderDecoder:
    """Turns blocks into header fields."""

    def __init__(self) -> None:
        self._decoder = Decoder(MAX_HEADER_LIST)
        self._decoder.header_table = self._table = WatchedTable()
        self.known: dict[bytes, Headers] = {}
        """blocks whose fields are remembered: `decode` would return just these, and do nothing else"""

    def decode(self, block: bytes) -> Headers:
        """Return the fields of a block. Raises RemoteProtocolError when it cannot be decoded, or holds too much.

        Fields that are malformed (RFC 9113 section 8.2) concern only their stream. Then there is a `:status` that is
        empty, which neither a response nor trailers may have, so that those who look for it need not look for more.
        """
        known = self.known.get(block)
        if known is not None:
            return known
        insertions = self._table.insertions
        try:
            fields = self._decoder.decode(block, raw=True)
        except OversizedHeaderListError as error:
            raise RemoteProtocolError(
                f"the server sent more than {MAX_HEADER_LIST} bytes of headers", ErrorCode.ENHANCE_YOUR_CALM
            ) from error
        except HPACKError as error:
            raise RemoteProtocolError("the server sent a broken header block", ErrorCode.COMPRESSION_ERROR) from error
        headers = _joined(fields) if _are_well_formed(fields) else {_STATUS: b""}
        if self._table.insertions != insertions or _resizes(block):
            self.known.clear()
        elif len(self.known) < MAX_REMEMBERED and len(block) <= MAX_REMEMBERED_BLOCK:
            self.known[block] = headers
        return headers


def _resizes(block: bytes) -> bool:
    """Tell whether a block starts with a table size update, bits 001 (RFC 7541 section 6.3)."""
    return block[:1] != b"" and block[0] & 0xE0 == 0x20


def _are_well_formed(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether these may be a response's fields: `:status` first, names in lower case (RFC 9113 section 8.2)."""
    may_be_status = True
    for name, value in fields:
        if name != _STATUS:
            may_be_status = False
            if not _NAME.fullmatch(name) or name in _OF_HTTP_1:
                return False
        elif not may_be_status:
            return False
        if _FORBIDDEN_IN_VALUES.search(value):
            return False
    return True


def _joined(fields: Iterable[tuple[bytes, bytes]]) -> Headers:
    headers: Headers = {}
    for name, value in fields:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers
