"""The server's SETTINGS are obeyed (RFC 9113 section 6.5)."""

import pytest
from h2.events import SettingsAcknowledged
from h2.settings import SettingCodes
from hyperframe.frame import DataFrame, SettingsFrame, WindowUpdateFrame

from loadgen.errors import LocalProtocolError, RemoteProtocolError
from tests.wire.peer import REQUEST_HEADERS, Pair, ready_client, request


@pytest.mark.parametrize("size", [16_384, 20_000, 2**17])
def test_frames_may_be_as_large_as_the_server_allows(pair: Pair, size: int):
    pair.server.update_settings({SettingCodes.MAX_FRAME_SIZE: size, SettingCodes.INITIAL_WINDOW_SIZE: 2**20})
    pair.server.increment_flow_control_window(2**20)
    pair.exchange()

    exchange = pair.client.start(request(bytes(2**17)))
    pair.exchange()

    assert pair.sent_on(exchange.stream_id, DataFrame)[0].flow_controlled_length == size


def test_no_more_streams_than_the_server_allows(pair: Pair):
    pair.server.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 2})
    pair.exchange()
    assert pair.client.room == 2
    first = pair.client.start(request())
    pair.client.start(request())
    assert pair.client.room == 0

    with pytest.raises(LocalProtocolError, match="takes no more requests"):
        pair.client.start(request())

    pair.exchange()
    pair.answer(first.stream_id)
    pair.exchange()
    assert pair.client.room == 1


def test_the_limit_may_fall_below_what_is_in_flight(pair: Pair):
    exchanges = [pair.client.start(request()) for _ in range(3)]
    pair.exchange()
    pair.server.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    pair.exchange()
    assert pair.client.room == 0

    for exchange in exchanges:
        pair.answer(exchange.stream_id)

    assert pair.exchange() == exchanges
    assert pair.client.room == 1


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([0], id="off"),
        pytest.param([0, 0], id="off twice"),
        pytest.param([0, 4096], id="off and on again"),
        pytest.param([0, 4096, 4096], id="off, on, and on once more"),
        pytest.param([100], id="room for one entry"),
        pytest.param([2000, 100], id="smaller and smaller"),
        pytest.param([100, 2000], id="small, then larger"),
        pytest.param([300, 0, 200, 50, 1000], id="up and down"),
        pytest.param([65_536], id="larger than the default"),
        pytest.param([65_536, 100], id="larger than the default, then small"),
    ],
)
def test_the_header_table_has_the_size_that_the_server_wants(pair: Pair, sizes: list[int]):
    # RFC 7541 section 4.2: a change is announced in the next block, by the smallest and the last size. h2's decoder
    # refuses a block that announces more than the limit in force, or does not announce a smaller one.
    pair.client.start(request())
    pair.exchange()
    for size in sizes:
        pair.server.update_settings({SettingCodes.HEADER_TABLE_SIZE: size})
        pair.exchange()

    exchanges = [pair.client.start(request()) for _ in range(3)]
    pair.exchange()

    assert len(pair.happened(SettingsAcknowledged)) == 1 + len(sizes)
    for exchange in exchanges:
        assert pair.received[exchange.stream_id].headers == list(REQUEST_HEADERS)


def test_every_settings_frame_gets_its_own_acknowledgement(pair: Pair):
    greeting = len(pair.happened(SettingsAcknowledged))
    for size in (20_000, 30_000, 40_000):
        pair.server.update_settings({SettingCodes.MAX_FRAME_SIZE: size})
    pair.exchange()

    acknowledged = [event.changed_settings for event in pair.happened(SettingsAcknowledged)[greeting:]]
    assert [changed[SettingCodes.MAX_FRAME_SIZE].new_value for changed in acknowledged] == [20_000, 30_000, 40_000]


def test_unknown_settings_are_ignored():
    client = ready_client()

    client.receive(SettingsFrame(settings={0x4D44: 7, SettingsFrame.MAX_HEADER_LIST_SIZE: 1}).serialize())

    assert client.room > 0


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({SettingsFrame.ENABLE_PUSH: 1}, 1, id="push by the server"),
        pytest.param({SettingsFrame.ENABLE_PUSH: 2}, 1, id="push neither on nor off"),
        pytest.param({SettingsFrame.INITIAL_WINDOW_SIZE: 2**31}, 3, id="a window of 2^31"),
        pytest.param({SettingsFrame.MAX_FRAME_SIZE: 16_383}, 1, id="frames that are too small"),
        pytest.param({SettingsFrame.MAX_FRAME_SIZE: 2**24}, 1, id="frames that are too large"),
    ],
)
def test_a_value_out_of_range_ends_the_connection(settings: dict[int, int], code: int):
    with pytest.raises(RemoteProtocolError) as raised:
        ready_client().receive(SettingsFrame(settings=settings).serialize())

    assert raised.value.code == code


def test_a_setting_must_not_lift_a_streams_window_over_the_top():
    # Section 6.9.2: a connection error, unlike the same by WINDOW_UPDATE.
    client = ready_client()
    client.start(request(bytes(65_535)))
    client.receive(WindowUpdateFrame(1, 2**31 - 1).serialize())

    with pytest.raises(RemoteProtocolError, match="window") as raised:
        client.receive(SettingsFrame(settings={SettingsFrame.INITIAL_WINDOW_SIZE: 65_536}).serialize())

    assert raised.value.code == 3


@pytest.mark.parametrize("size", [2**14, 2**24 - 1], ids=["the smallest", "the largest"])
def test_a_frame_size_at_the_edge_is_allowed(size: int):
    client = ready_client()

    client.receive(SettingsFrame(settings={SettingsFrame.MAX_FRAME_SIZE: size}).serialize())

    assert client.room > 0


def test_a_setting_may_lift_a_streams_window_to_the_top():
    client = ready_client()
    client.start(request(bytes(65_535)))
    client.receive(WindowUpdateFrame(1, 2**31 - 2).serialize())

    client.receive(SettingsFrame(settings={SettingsFrame.INITIAL_WINDOW_SIZE: 65_536}).serialize())

    assert client.in_flight == 1


def test_the_server_may_say_that_it_does_not_push():
    client = ready_client()

    client.receive(SettingsFrame(settings={SettingsFrame.ENABLE_PUSH: 0}).serialize())

    assert client.room > 0
