"""The first bytes of a connection (RFC 9113 section 3.4)."""

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated
from h2.settings import SettingCodes
from hyperframe.frame import DataFrame, PingFrame, SettingsFrame, WindowUpdateFrame

from loadgen.errors import RemoteProtocolError
from loadgen.wire.connection import ClientConnection
from loadgen.wire.frames import PREFACE
from tests.wire.peer import Pair, frames_in


def test_the_client_opens_with_the_preface_its_settings_and_a_wide_window():
    output = ClientConnection().take_output()

    assert output.startswith(PREFACE)
    settings, update = frames_in(output)
    assert isinstance(settings, SettingsFrame)
    assert settings.settings == {
        SettingsFrame.ENABLE_PUSH: 0,
        SettingsFrame.INITIAL_WINDOW_SIZE: 2**24,
        SettingsFrame.MAX_HEADER_LIST_SIZE: 2**16,
    }
    assert isinstance(update, WindowUpdateFrame)
    assert (update.stream_id, update.window_increment) == (0, 2**31 - 1 - 65_535)


def test_h2_takes_the_greeting_and_the_settings_are_in_force(pair: Pair):
    assert pair.server.remote_settings[SettingCodes.ENABLE_PUSH] == 0
    assert pair.server.remote_settings[SettingCodes.INITIAL_WINDOW_SIZE] == 2**24
    assert pair.server.outbound_flow_control_window == 2**31 - 1


def test_the_client_is_ready_once_the_servers_settings_have_come():
    client = ClientConnection()
    assert not client.is_ready

    client.receive(SettingsFrame().serialize())

    assert client.is_ready


def test_the_servers_settings_are_acknowledged():
    client = ClientConnection()
    client.take_output()

    client.receive(SettingsFrame(settings={SettingsFrame.MAX_FRAME_SIZE: 20_000}).serialize())

    (acknowledgement,) = frames_in(client.take_output())
    assert isinstance(acknowledgement, SettingsFrame)
    assert acknowledgement.flags == {"ACK"}


@pytest.mark.parametrize(
    "first_bytes",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="HTTP/1.1"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="SSH"),
        pytest.param(b"220 mail.example.com ESMTP\r\n", id="SMTP"),
        pytest.param(PingFrame(opaque_data=b"12345678").serialize(), id="a PING before the SETTINGS"),
        pytest.param(DataFrame(1, b"x").serialize(), id="DATA before the SETTINGS"),
        pytest.param(bytes(9), id="zeros"),
    ],
)
def test_another_protocol_is_recognised(first_bytes: bytes):
    client = ClientConnection()

    with pytest.raises(RemoteProtocolError, match="does not speak HTTP/2"):
        client.receive(first_bytes)


def test_goodbye_is_a_goaway_without_an_error(pair: Pair):
    pair.client.say_goodbye()
    pair.exchange()

    (goodbye,) = pair.happened(ConnectionTerminated)
    assert goodbye.error_code == ErrorCodes.NO_ERROR
