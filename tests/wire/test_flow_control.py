"""Nobody sends more than the other has room for (RFC 9113 sections 5.2 and 6.9)."""

import pytest
from h2.settings import SettingCodes
from hyperframe.frame import DataFrame, SettingsFrame, WindowUpdateFrame

from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.sender import CONNECTION_WINDOW
from loadgen.wire.stream import STREAM_WINDOW
from tests.wire.peer import RESPONSE_HEADERS, Pair, frames_in, ready_client, request, response_headers

BODY = bytes(range(256)) * 1024  # 256 KiB: four times both windows
WINDOW = 65_535


def bytes_sent(pair: Pair, exchange: Exchange) -> int:
    return sum(len(frame.data) for frame in pair.sent_on(exchange.stream_id, DataFrame))


@pytest.mark.parametrize("size", [1, 16_383, 16_384, 16_385, 32_768, 65_535])
def test_a_body_within_the_windows_goes_at_once_in_frames_of_the_allowed_size(pair: Pair, size: int):
    exchange = pair.client.start(request(BODY[:size]))
    pair.exchange()

    frames = pair.sent_on(exchange.stream_id, DataFrame)
    assert [len(frame.data) for frame in frames[:-1]] == [16_384] * (len(frames) - 1)
    assert ["END_STREAM" in frame.flags for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert pair.received[exchange.stream_id].body == BODY[:size]


def test_a_body_larger_than_the_windows_waits_for_the_server(pair: Pair):
    exchange = pair.client.start(request(BODY))
    pair.exchange()

    assert bytes_sent(pair, exchange) == WINDOW
    assert not pair.received[exchange.stream_id].ended


def test_the_rest_of_a_body_follows_as_the_server_opens_its_windows(pair: Pair):
    exchange = pair.client.start(request(BODY))
    pair.exchange()
    while not pair.received[exchange.stream_id].ended:
        before = bytes_sent(pair, exchange)
        pair.server.increment_flow_control_window(10_000)
        pair.exchange()
        assert bytes_sent(pair, exchange) == before, "the stream's own window is still closed"
        pair.server.increment_flow_control_window(10_000, exchange.stream_id)
        pair.exchange()
        assert bytes_sent(pair, exchange) == min(before + 10_000, len(BODY))

    assert pair.received[exchange.stream_id].body == BODY
    assert not pair.client._waiting


def test_streams_share_the_window_of_the_connection(pair: Pair):
    bodies = [BODY[:40_000], BODY[1:50_001], BODY[2:60_002]]
    exchanges = [pair.client.start(request(body)) for body in bodies]
    pair.exchange()
    assert sum(bytes_sent(pair, exchange) for exchange in exchanges) == WINDOW

    pair.server.increment_flow_control_window(len(BODY))
    pair.exchange()

    for exchange, body in zip(exchanges, bodies, strict=True):
        assert pair.received[exchange.stream_id].body == body
        assert pair.received[exchange.stream_id].ended


def test_many_small_requests_share_it_too(pair: Pair):
    exchanges = [pair.client.start(request(bytes(1_000))) for _ in range(70)]
    pair.exchange()
    assert sum(bytes_sent(pair, exchange) for exchange in exchanges) == WINDOW

    pair.server.increment_flow_control_window(10_000)
    pair.exchange()

    assert all(pair.received[exchange.stream_id].ended for exchange in exchanges)
    assert not pair.client._waiting


def test_a_small_request_passes_one_whose_stream_is_full(pair: Pair):
    pair.server.increment_flow_control_window(len(BODY))
    pair.exchange()
    large, small = pair.client.start(request(BODY)), pair.client.start(request(b"small"))
    pair.exchange()

    assert pair.received[small.stream_id].ended
    assert not pair.received[large.stream_id].ended


def test_the_initial_window_may_grow_in_mid_flight(pair: Pair):
    pair.server.increment_flow_control_window(len(BODY))
    exchange = pair.client.start(request(BODY))
    pair.exchange()
    assert bytes_sent(pair, exchange) == WINDOW

    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: WINDOW + 1_000})
    pair.exchange()

    assert bytes_sent(pair, exchange) == WINDOW + 1_000


def test_the_initial_window_may_shrink_below_what_is_used(pair: Pair):
    # Section 6.9.2: the window becomes negative, and nothing is sent until it is positive again.
    pair.server.increment_flow_control_window(len(BODY))
    exchange = pair.client.start(request(BODY))
    pair.exchange()
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10_000})
    pair.exchange()
    deficit = WINDOW - 10_000

    pair.server.increment_flow_control_window(deficit, exchange.stream_id)
    pair.exchange()
    assert bytes_sent(pair, exchange) == WINDOW

    pair.server.increment_flow_control_window(7, exchange.stream_id)
    pair.exchange()
    assert bytes_sent(pair, exchange) == WINDOW + 7


def test_new_streams_start_with_the_window_that_is_in_force(pair: Pair):
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 5})
    pair.exchange()

    exchange = pair.client.start(request(b"0123456789"))
    pair.exchange()

    assert pair.received[exchange.stream_id].body == b"01234"


def test_a_window_of_zero_lets_headers_and_empty_bodies_through(pair: Pair):
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
    pair.exchange()

    empty, full = pair.client.start(request(b"")), pair.client.start(request(b"x"))
    pair.exchange()

    assert pair.received[empty.stream_id].ended
    assert pair.received[full.stream_id].body == b""
    assert not pair.received[full.stream_id].ended


def test_a_body_leaves_byte_by_byte_through_the_narrowest_windows(pair: Pair):
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1})
    pair.exchange()
    first, second = pair.client.start(request(b"first")), pair.client.start(request(b"second"))
    pair.exchange()
    for _ in range(5):
        for exchange in (first, second):
            if not pair.received[exchange.stream_id].ended:
                pair.server.increment_flow_control_window(1, exchange.stream_id)
                pair.exchange()

    assert [frame.data for frame in pair.sent_on(1, DataFrame)] == [b"f", b"i", b"r", b"s", b"t"]
    assert [frame.data for frame in pair.sent_on(3, DataFrame)] == [b"s", b"e", b"c", b"o", b"n", b"d"]
    assert all(pair.received[exchange.stream_id].ended for exchange in (first, second))


def test_a_body_of_64_mib_goes_through_windows_of_one_mib():
    client = ready_client()
    client.receive(SettingsFrame(settings={SettingsFrame.INITIAL_WINDOW_SIZE: 2**20}).serialize())
    client.receive(WindowUpdateFrame(0, 2**20 - WINDOW).serialize())
    body = BODY * 256
    client.start(request(body))
    received, ended = bytearray(), False
    while not ended:
        sent = [frame for frame in frames_in(client.take_output()) if isinstance(frame, DataFrame)]
        assert sum(len(frame.data) for frame in sent) == 2**20
        for frame in sent:
            received += frame.data
            ended = "END_STREAM" in frame.flags
        client.receive(
            WindowUpdateFrame(0, 2**20).serialize() + (b"" if ended else WindowUpdateFrame(1, 2**20).serialize())
        )

    assert received == body


def test_an_answer_of_64_mib_arrives_whole():
    client = ready_client()
    exchange = client.start(request())
    piece = DataFrame(1, BODY[:16_384]).serialize()
    end = DataFrame(1, b"", flags=["END_STREAM"]).serialize()
    data = response_headers(1).serialize() + piece * 4096 + end
    assert [client.receive(data[start : start + 65_536]) for start in range(0, len(data), 65_536)][-1] == [exchange]

    assert exchange.body == BODY[:16_384] * 4096


def test_an_unsent_body_leaves_as_soon_as_the_greeting_allows_it():
    # A client need not wait for the SETTINGS (section 3.4): it starts with the RFC's defaults.
    pair = Pair()
    exchange = pair.client.start(request(BODY))
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**20, SettingCodes.MAX_FRAME_SIZE: 2**20})
    pair.server.increment_flow_control_window(2**20)
    pair.exchange()

    assert pair.received[exchange.stream_id].body == BODY


@pytest.mark.parametrize(
    ("increment", "code"),
    [
        pytest.param(0, 1, id="by nothing is a PROTOCOL_ERROR"),
        pytest.param(2**31 - 1, 3, id="beyond 2^31-1 is a FLOW_CONTROL_ERROR"),
    ],
)
def test_a_wrong_raise_of_a_streams_window(increment: int, code: int):
    # Sections 6.9 and 6.9.1: a stream error; the connection goes on.
    client = ready_client()
    broken, other = client.start(request()), client.start(request())
    client.take_output()

    assert client.receive(WindowUpdateFrame(1, increment).serialize()) == [broken]

    assert broken.failure == Failure("bad reply", f"the server raised the stream's window by {increment}")
    (reset,) = frames_in(client.take_output())
    assert (reset.stream_id, reset.error_code) == (1, code)
    assert client.receive(response_headers(3, "END_STREAM").serialize()) == [other]


def test_a_window_may_be_as_wide_as_can_be():
    # Section 6.9.1: 2^31-1 bytes, of what is left after the body.
    client = ready_client()
    exchange = client.start(request(b"12345"))
    left = WINDOW - 5

    assert client.receive(WindowUpdateFrame(1, 2**31 - 1 - left).serialize()) == []
    client.receive(WindowUpdateFrame(0, 2**31 - 1 - left).serialize())
    assert client.receive(WindowUpdateFrame(1, 1).serialize()) == [exchange]


def test_a_large_answer_never_runs_out_of_windows(pair: Pair):
    # Half a window is given back whenever half of it is used, so a server is never stopped.
    exchange = pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(exchange.stream_id, RESPONSE_HEADERS)
    size, piece = 0, bytes(16_384)
    while size < 2 * STREAM_WINDOW:
        pair.server.send_data(exchange.stream_id, piece)
        size += len(piece)
        pair.exchange()
    pair.server.end_stream(exchange.stream_id)

    assert pair.exchange() == [exchange]
    assert len(exchange.body) == size
    updates = pair.sent_on(exchange.stream_id, WindowUpdateFrame)
    assert len(updates) == size // (STREAM_WINDOW // 2) - 1


def test_the_window_of_the_connection_is_given_back_too():
    client = ready_client()
    client.start(request())
    client.receive(response_headers(1).serialize())
    client.take_output()
    client._receive_window = CONNECTION_WINDOW // 2 + 5  # a gigabyte later

    client.receive(DataFrame(1, b"12345").serialize())
    assert client.take_output() == b""
    client.receive(DataFrame(1, b"6").serialize())

    (update,) = frames_in(client.take_output())
    assert (update.stream_id, update.window_increment) == (0, CONNECTION_WINDOW - CONNECTION_WINDOW // 2 + 1)
    client.receive(DataFrame(1, b"7").serialize())
    assert client.take_output() == b"", "it is wide open again"


def test_padding_is_given_back_as_data_is():
    # Section 6.9.1: the whole payload of DATA is subject to flow control.
    client = ready_client()
    client.start(request())
    client.receive(response_headers(1).serialize())
    client.take_output()
    padded = DataFrame(1, b"1", pad_length=255, flags=["PADDED"]).serialize()  # 257 bytes of the window

    client.receive(padded * (STREAM_WINDOW // 2 // 257))
    assert client.take_output() == b""
    client.receive(padded)

    (update,) = frames_in(client.take_output())
    assert update.stream_id == 1
    assert update.window_increment % 257 == 0


def test_data_of_a_stream_that_is_gone_is_given_back_to_the_connection():
    client = ready_client()
    client.start(request())
    client.receive(response_headers(1, "END_STREAM").serialize())
    client.take_output()
    client._receive_window = CONNECTION_WINDOW // 2  # a gigabyte later

    client.receive(DataFrame(1, b"late", pad_length=10, flags=["PADDED"]).serialize())

    (update,) = frames_in(client.take_output())
    assert (update.stream_id, update.window_increment) == (0, CONNECTION_WINDOW - CONNECTION_WINDOW // 2 + 4 + 11)
