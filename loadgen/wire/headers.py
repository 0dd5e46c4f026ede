"""Header blocks, coded by hpack and remembered while that is sound.

A load test sends the same headers again and again, and gets the same back: after the first exchanges each block is a
handful of table indices. A remembered block stays true as long as the dynamic table does not change, for its indices
count from the newest entry (RFC 7541 section 2.3.3). Law of this file: whatever changes a table forgets every block.
"""

from collections.abc import Iterable
from typing import Final

from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError
from hpack.table import HeaderTable

from loadgen.errors import RemoteProtocolError
from loadgen.wire.frames import ErrorCode

Fields = tuple[tuple[bytes, bytes], ...]
"""Header fields to send: lower-case names, pseudo-header fields first (RFC 9113 section 8.3)."""

Headers = dict[bytes, bytes]
"""Header fields received; those that came several times are joined by a comma (RFC 9110 section 5.3)."""

MAX_REMEMBERED: Final = 256
"""A peer that never repeats itself must not fill our memory."""


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
    """Turns header fields into blocks; equal fields become equal blocks as soon as the table holds all of them."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._encoder.header_table = self._table = WatchedTable()
        self._blocks: dict[Fields, bytes] = {}

    def limit_table(self, size: int) -> None:
        """Obey the peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces it (RFC 7541 section 4.2)."""
        # More than the default is allowed to us, but a few dozen entries are all that a load test needs.
        self._encoder.header_table_size = min(size, HeaderTable.DEFAULT_SIZE)
        self._blocks.clear()

    def encode(self, fields: Fields) -> bytes:
        """Return the block for these fields. It must be sent, and before any other block of this encoder."""
        known = self._blocks.get(fields)
        if known is not None:
            return known
        insertions, resized = self._table.insertions, self._table.resized
        block = self._encoder.encode(fields)
        if self._table.insertions != insertions or resized:
            self._blocks.clear()
        elif len(self._blocks) < MAX_REMEMBERED:
            self._blocks[fields] = block
        return block


class HeaderDecoder:
    """Turns blocks into header fields."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._decoder.header_table = self._table = WatchedTable()
        self._known: dict[bytes, Headers] = {}

    def decode(self, block: bytes) -> Headers:
        """Return the fields of a block. Raises RemoteProtocolError when it cannot be decoded."""
        known = self._known.get(block)
        if known is not None:
            return known
        insertions = self._table.insertions
        try:
            headers = _joined(self._decoder.decode(block, raw=True))
        except HPACKError as error:
            raise RemoteProtocolError(
                f"the server sent a broken header block: {error}", ErrorCode.COMPRESSION_ERROR
            ) from error
        if self._table.insertions != insertions or _resizes(block):
            self._known.clear()
        elif len(self._known) < MAX_REMEMBERED:
            self._known[block] = headers
        return headers


def _resizes(block: bytes) -> bool:
    """Tell whether a block starts with a table size update, bits 001 (RFC 7541 section 6.3)."""
    return block[:1] != b"" and block[0] & 0xE0 == 0x20


def _joined(fields: Iterable[tuple[bytes, bytes]]) -> Headers:
    headers: Headers = {}
    for name, value in fields:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers
