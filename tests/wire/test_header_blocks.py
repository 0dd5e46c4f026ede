"""Header blocks that are remembered say the same as blocks that are coded anew (RFC 7541)."""

import pytest
from hpack import Decoder, Encoder, NeverIndexedHeaderTuple
from hyperframe.frame import HeadersFrame, SettingsFrame
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import RemoteProtocolError
from loadgen.wire.exchange import Request
from loadgen.wire.headers import MAX_REMEMBERED, MAX_REMEMBERED_BLOCK, HeaderDecoder, HeaderEncoder
from tests.wire.peer import frames_in, ready_client

# Few names and values, so that sequences repeat themselves; some are large, so that the table of 4096 bytes overflows.
NAMES = st.sampled_from([b":status", b"grpc-status", b"content-type", b"x-id", b"x-trace"])
VALUES = st.sampled_from([b"", b"0", b"200", b"application/grpc", b"a" * 900, b"b" * 1500, b"c" * 4050, b"d" * 5000])
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=5, unique_by=lambda field: field[0]).map(
    lambda fields: tuple(sorted(fields))  # ":status" before the others, as it has to be
)
# Not those that belong to HTTP/1.1, hence the "x".
LEGAL_NAMES = st.from_regex(r"x[!#$%&'*+.^_`|~0-9a-z-]{0,20}", fullmatch=True).map(str.encode)
LEGAL_VALUES = st.binary(max_size=40).map(lambda value: value.translate(None, b"\0\r\n"))
# Some are the very same object each time, as the fields of a load are.
SHARED = (((b"x-id", b"1"),), ((b"x-id", b"2"), (b"grpc-status", b"0")), ((b"x-trace", b"c" * 4050),))
TABLE_SIZES = st.sampled_from([0, 50, 100, 1000, 4096, 65_536])
# A step is either fields to be coded or a new size of the table.
STEPS = st.lists(st.one_of(st.sampled_from(SHARED), FIELDS, TABLE_SIZES), max_size=40)


@given(steps=STEPS)
def test_hpacks_decoder_understands_whatever_our_requests_say(steps):
    client, theirs = ready_client(), Decoder()
    for step in steps:
        if isinstance(step, int):
            client.receive(SettingsFrame(settings={SettingsFrame.HEADER_TABLE_SIZE: step}).serialize())
            theirs.max_allowed_table_size = step
        else:
            client.start(Request(step, b""))
            blocks = [frame.data for frame in frames_in(client.take_output()) if isinstance(frame, HeadersFrame)]
            assert [tuple(theirs.decode(block, raw=True)) for block in blocks] == [step]


@given(steps=STEPS)
def test_our_decoder_understands_whatever_hpacks_encoder_makes(steps):
    theirs, ours = Encoder(), HeaderDecoder()
    for step in steps:
        if isinstance(step, int):
            _resize(theirs, min(step, 4096))  # what we allow, for we do not send the setting
        else:
            assert ours.decode(theirs.encode(step)) == dict(step)


def _resize(encoder: Encoder, size: int) -> None:
    if size != encoder.header_table_size:  # hpack forgets a change that is followed by the same size
        encoder.header_table_size = size


@given(fields=st.lists(st.tuples(LEGAL_NAMES, LEGAL_VALUES), max_size=6).map(tuple))
def test_any_legal_fields_survive_the_way_through_both(fields):
    encoder, decoder = HeaderEncoder(), HeaderDecoder()
    expected: dict[bytes, bytes] = {}
    for name, value in fields:
        expected[name] = expected[name] + b", " + value if name in expected else value

    assert [decoder.decode(encoder.encode(fields)) for _ in range(4)] == [expected] * 4


def test_fields_that_are_known_become_one_byte_each():
    encoder = HeaderEncoder()
    fields = ((b":method", b"POST"), (b"x-id", b"1"), (b"x-trace", b"2"))

    first, second, third = (encoder.encode(fields) for _ in range(3))

    assert second == third
    assert len(third) == 3 < len(first)


def test_the_block_of_a_load_is_made_once():
    encoder = HeaderEncoder()
    fields = ((b":method", b"POST"), (b"x-id", b"1"))
    encoder.encode(fields)
    assert encoder.last_fields is None, "the next block will be another one"

    encoder.encode(fields)

    assert encoder.last_fields is fields
    assert encoder.last_block == encoder.encode(fields)


def test_a_block_means_something_else_after_an_insertion():
    # Index 62 is the newest entry of the dynamic table, whichever that is (section 2.3.3).
    encoder, decoder = Encoder(), HeaderDecoder()
    decoder.decode(encoder.encode([(b"x-id", b"1")]))
    newest = b"\xbe"
    assert [decoder.decode(newest) for _ in range(3)] == [{b"x-id": b"1"}] * 3

    decoder.decode(encoder.encode([(b"x-id", b"2")]))

    assert decoder.decode(newest) == {b"x-id": b"2"}


@pytest.mark.parametrize(
    "forget",
    [
        pytest.param(b"\x20", id="a table of no size at all"),
        pytest.param(b"\x3f\x00", id="a table too small for the entry"),
        pytest.param(b"\x40\x01a\x7f\xa1\x1f" + bytes(4128), id="an entry larger than the table"),
    ],
)
def test_a_block_means_nothing_after_an_eviction(forget: bytes):
    encoder, decoder = Encoder(), HeaderDecoder()
    decoder.decode(encoder.encode([(b"x-id", b"1")]))
    newest = b"\xbe"
    decoder.decode(newest)
    decoder.decode(newest)

    decoder.decode(forget)

    with pytest.raises(RemoteProtocolError, match="broken header block"):
        decoder.decode(newest)


def test_headers_that_change_every_time_are_never_mixed_up():
    encoder, decoder = Encoder(), HeaderDecoder()
    for number in range(500):  # the table holds fewer than a hundred of them
        fields = [(b":status", b"200"), (b"x-id", b"%d" % number), (b"x-old", b"%d" % (number // 7))]
        assert decoder.decode(encoder.encode(fields)) == dict(fields)


def test_a_server_that_never_repeats_itself_does_not_fill_the_memory():
    encoder, decoder = Encoder(), HeaderDecoder()
    for number in range(3 * MAX_REMEMBERED):
        secret = NeverIndexedHeaderTuple(b"x-id", b"%d" % number)
        assert decoder.decode(encoder.encode([secret])) == {b"x-id": b"%d" % number}

    assert len(decoder.known) == MAX_REMEMBERED


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"\xbe", id="an index beyond the table"),
        pytest.param(b"\x80", id="index zero"),
        pytest.param(b"\xff", id="an integer without an end"),
        pytest.param(b"\xff" + b"\x80" * 40 + b"\x01", id="an integer that is far too long"),
        pytest.param(b"\x3f\xe2\x1f", id="a table larger than we allow"),
        pytest.param(b"\x88\x20", id="a table size after a field"),
        pytest.param(b"\x40\x01a", id="a field without a value"),
        pytest.param(b"\x40\x05abc", id="a name that is cut off"),
        pytest.param(b"\x40\x01a\x85\xff\xff\xff\xff\xff", id="a Huffman code for the end of the string"),
    ],
)
def test_a_broken_block_is_a_compression_error(block: bytes):
    # RFC 9113 section 4.3: the tables no longer agree, so the connection is of no further use.
    with pytest.raises(RemoteProtocolError, match="broken header block") as raised:
        HeaderDecoder().decode(block)

    assert raised.value.code == 9


@pytest.mark.parametrize(
    "block",
    [
        pytest.param((b"\x10\x01a\x7f\xa1\x1f" + b"v" * 4128) * 20, id="large fields"),
        # One entry of nearly 4096 bytes, then an index of one byte for each time it is to be taken again.
        pytest.param(b"\x40\x01a\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 10_000, id="a small block that swells up"),
        pytest.param(b"\x10\x01a\x00" * 2000, id="many tiny fields"),
    ],
)
def test_headers_without_end_are_refused(block: bytes):
    with pytest.raises(RemoteProtocolError, match="more than 65536 bytes of headers") as raised:
        HeaderDecoder().decode(block)

    assert raised.value.code == 11, "ENHANCE_YOUR_CALM"


def test_large_blocks_are_not_remembered():
    encoder, decoder = Encoder(), HeaderDecoder()
    for size in (MAX_REMEMBERED_BLOCK // 2, MAX_REMEMBERED_BLOCK + 1):
        secret = NeverIndexedHeaderTuple(b"x-id", b"\xff" * size)  # which Huffman's code makes longer
        block = encoder.encode([secret], huffman=False)
        assert [decoder.decode(block) for _ in range(2)] == [{b"x-id": b"\xff" * size}] * 2

    assert [len(block) > MAX_REMEMBERED_BLOCK for block in decoder.known] == [False]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([(b"X-Id", b"1")], id="a name with capitals (8.2.1)"),
        pytest.param([(b"x id", b"1")], id="a name with a blank (8.2.1)"),
        pytest.param([(b"x:id", b"1")], id="a name with a colon (8.2.1)"),
        pytest.param([(b"", b"1")], id="no name"),
        pytest.param([(b"x-id", b"1\r\nx-admin: 1")], id="a line break (8.2.1)"),
        pytest.param([(b"x-id", b"1\0")], id="a NUL (8.2.1)"),
        pytest.param([(b"connection", b"close")], id="a field of HTTP/1.1 (8.2.2)"),
        pytest.param([(b":path", b"/")], id="a pseudo-field of a request (8.3)"),
        pytest.param([(b"x-id", b"1"), (b":status", b"200")], id="a pseudo-field after others (8.3)"),
    ],
)
def test_malformed_fields_can_be_neither_response_nor_trailers(fields: list[tuple[bytes, bytes]]):
    # An error of the stream (section 8.1.1), so the block itself is decoded and the connection goes on.
    encoder, decoder = Encoder(), HeaderDecoder()

    assert [decoder.decode(encoder.encode(fields))[b":status"] for _ in range(3)] == [b""] * 3


@given(block=st.binary(max_size=60))
def test_random_bytes_are_fields_or_a_compression_error(block: bytes):
    try:
        outcome = HeaderDecoder().decode(block)
    except RemoteProtocolError as error:
        outcome = error.code

    assert isinstance(outcome, dict) or outcome == 9
