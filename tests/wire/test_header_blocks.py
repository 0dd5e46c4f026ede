"""Header blocks that are remembered say the same as blocks that are coded anew (RFC 7541)."""

import pytest
from hpack import Decoder, Encoder, NeverIndexedHeaderTuple
from hyperframe.frame import HeadersFrame, SettingsFrame
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import RemoteProtocolError
from loadgen.wire.exchange import Request
from loadgen.wire.headers import MAX_REMEMBERED, HeaderDecoder, HeaderEncoder
from tests.wire.peer import frames_in, ready_client

# Few names and values, so that sequences repeat themselves; some are large, so that the table of 4096 bytes overflows.
NAMES = st.sampled_from([b":status", b"grpc-status", b"content-type", b"x-id", b"x-trace"])
VALUES = st.sampled_from([b"", b"0", b"200", b"application/grpc", bytes(900), b"b" * 1500, b"c" * 4050, b"d" * 5000])
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=5, unique_by=lambda field: field[0]).map(tuple)
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


@given(fields=st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=40)), max_size=6).map(tuple))
def test_any_bytes_survive_the_way_through_both(fields):
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

    with pytest.raises(RemoteProtocolError, match="header block"):
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
        pytest.param((b"\x10\x01a\x7f\xa1\x1f" + bytes(4128)) * 20, id="a list larger than 64 KiB"),
    ],
)
def test_a_broken_block_is_a_compression_error(block: bytes):
    # RFC 9113 section 4.3: the tables no longer agree, so the connection is of no further use.
    with pytest.raises(RemoteProtocolError, match="broken header block") as raised:
        HeaderDecoder().decode(block)

    assert raised.value.code == 9


@given(block=st.binary(max_size=60))
def test_random_bytes_are_fields_or_a_compression_error(block: bytes):
    try:
        outcome = HeaderDecoder().decode(block)
    except RemoteProtocolError as error:
        outcome = error.code

    assert isinstance(outcome, dict) or outcome == 9
