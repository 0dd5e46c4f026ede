"""An exchange that its owner has given up (RFC 9113 sections 5.4.2 and 7)."""

from h2.errors import ErrorCodes
from h2.events import StreamReset
from hyperframe.frame import DataFrame

from loadgen.wire.exchange import Failure
from tests.wire.peer import RESPONSE_HEADERS, Pair, request

TIMEOUT = Failure("timeout", "no reply within 1 s")


def test_the_server_is_told_and_nothing_comes_of_it_later(pair: Pair):
    given_up, other = pair.client.start(request()), pair.client.start(request())
    pair.exchange()
    pair.server.send_headers(given_up.stream_id, RESPONSE_HEADERS)
    pair.answer(other.stream_id)

    pair.client.cancel(given_up, TIMEOUT)

    assert pair.exchange() == [other]
    assert given_up.failure == TIMEOUT
    assert not given_up.unprocessed
    (reset,) = pair.happened(StreamReset)
    assert (reset.stream_id, reset.error_code) == (given_up.stream_id, ErrorCodes.CANCEL)
    assert pair.client.open_exchanges == []


def test_its_answer_may_be_on_the_way_already(pair: Pair):
    given_up, other = pair.client.start(request()), pair.client.start(request())
    pair.exchange()
    pair.answer(given_up.stream_id)
    pair.client.cancel(given_up, TIMEOUT)
    pair.client.receive(pair.server.data_to_send())
    pair.answer(other.stream_id)

    assert pair.exchange() == [other]
    assert (given_up.body, given_up.failure) == (b"", TIMEOUT)


def test_the_rest_of_its_body_is_not_sent(pair: Pair):
    given_up = pair.client.start(request(bytes(100_000)))
    pair.exchange()

    pair.client.cancel(given_up, TIMEOUT)
    pair.exchange()
    pair.server.increment_flow_control_window(100_000)
    pair.exchange()

    assert sum(len(frame.data) for frame in pair.sent_on(given_up.stream_id, DataFrame)) == 65_535


def test_an_exchange_that_has_ended_stays_as_it_is(pair: Pair):
    exchange = pair.client.start(request())
    pair.exchange()
    pair.answer(exchange.stream_id)
    pair.exchange()

    pair.client.cancel(exchange, TIMEOUT)

    assert exchange.failure is None
    assert pair.client.take_output() == b""
