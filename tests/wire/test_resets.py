"""RST_STREAM ends one exchange and leaves the others alone (RFC 9113 section 6.4)."""

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hyperframe.frame import DataFrame, RstStreamFrame

from loadgen.wire.exchange import Failure
from tests.wire.peer import RESPONSE_HEADERS, Pair, ready_client, request


@pytest.mark.parametrize(
    ("code", "words", "unprocessed"),
    [
        pytest.param(2, "the server reset the stream with INTERNAL_ERROR", False, id="internal error"),
        pytest.param(7, "the server reset the stream with REFUSED_STREAM", True, id="refused, so never looked at"),
        pytest.param(0, "the server reset the stream with NO_ERROR", False, id="no error, but no answer either"),
        pytest.param(0x99, "the server reset the stream with error code 0x99", False, id="unknown code"),
    ],
)
def test_a_reset_fails_the_exchange(code: int, words: str, unprocessed: bool):
    client = ready_client()
    exchange = client.start(request())

    assert client.receive(RstStreamFrame(1, code).serialize()) == [exchange]

    assert exchange.failure == Failure("reset", words)
    assert exchange.unprocessed is unprocessed
    assert client.in_flight == 0


def test_the_other_exchanges_go_on(pair: Pair):
    first, second = pair.client.start(request()), pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(first.stream_id, RESPONSE_HEADERS)
    pair.server.reset_stream(first.stream_id, ErrorCodes.CANCEL)
    pair.answer(second.stream_id)

    assert pair.exchange() == [first, second]
    assert first.failure is not None
    assert second.failure is None


def test_the_rest_of_a_body_is_not_sent_on_a_stream_that_was_reset(pair: Pair):
    pair.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**20})
    pair.exchange()
    exchange = pair.client.start(request(bytes(100_000)))
    pair.exchange()
    pair.server.reset_stream(exchange.stream_id, ErrorCodes.REFUSED_STREAM)
    pair.exchange()
    assert exchange.unsent is None

    pair.server.increment_flow_control_window(100_000)
    pair.exchange()

    assert sum(len(frame.data) for frame in pair.sent_on(exchange.stream_id, DataFrame)) == 65_535


def test_a_stream_that_was_reset_is_not_reset_back():
    # Section 5.4.2: "an endpoint MUST NOT send a RST_STREAM in response to a RST_STREAM frame."
    client = ready_client()
    client.start(request(bytes(100_000)))
    client.take_output()

    client.receive(RstStreamFrame(1, 8).serialize())

    assert client.take_output() == b""
