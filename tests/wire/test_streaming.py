"""Calls over bidirectional streams: requests, responses, and what the owner of the connection does."""

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, StreamReset
from h2.settings import SettingCodes
from hyperframe.frame import DataFrame, GoAwayFrame
from tritonclient.grpc import service_pb2

from loadgen.errors import LocalProtocolError
from loadgen.triton.stream_reply import read_stream_reply
from loadgen.wire.exchange import Failure
from loadgen.wire.grpc import call_headers, framed, unary_request
from loadgen.wire.streaming import StreamingConnection, failure_of
from tests.wire.peer import RESPONSE_HEADERS, response_headers
from tests.wire.streaming_peer import HEADERS, LOST, REQUEST, StreamingPair, response, texts

# One request, one response.


def test_a_call_ends_with_its_response(streams: StreamingPair):
    (call,) = streams.start()
    assert streams.client.in_flight == 1
    assert streams.client.open_exchanges == [call]

    streams.reply(call, b"answer")

    assert streams.exchange() == [call]
    assert call.request is REQUEST
    assert texts(call) == [b"answer"]
    assert failure_of(call) is None
    assert streams.client.in_flight == 0


def test_a_request_carries_the_message_and_an_id_of_its_own(streams: StreamingPair):
    calls = streams.start(2)

    requests = [streams.requests(call.stream.stream_id) for call in calls]

    assert [[(one.model_name, one.id) for one in on_stream] for on_stream in requests] == [
        [("model", "1")],
        [("model", "2")],
    ]
    assert streams.received[1].headers == list(HEADERS)


def test_our_id_goes_before_one_that_the_message_has(streams: StreamingPair):
    message = service_pb2.ModelInferRequest(model_name="model", id="a longer one").SerializeToString()
    streams.client.start(unary_request(HEADERS, message))
    streams.exchange()

    assert [one.id for one in streams.requests(1)] == ["1"]


def test_an_idle_stream_is_used_again_and_stays_open(streams: StreamingPair):
    for number in range(1, 4):
        (call,) = streams.start()
        assert (call.number, call.stream.stream_id) == (number, 1)
        streams.reply(call, b"answer")
        streams.exchange()

    assert [one.id for one in streams.requests(1)] == ["1", "2", "3"]
    assert not streams.received[1].ended


def test_calls_at_the_same_time_have_a_stream_each(streams: StreamingPair):
    calls = streams.start(3)
    assert [call.stream.stream_id for call in calls] == [1, 3, 5]
    for call in reversed(calls):
        streams.reply(call, b"to %d" % call.number)
    assert streams.exchange() == calls[::-1]
    assert [texts(call) for call in calls] == [[b"to 1"], [b"to 2"], [b"to 3"]]

    again = streams.start(4)

    assert sorted(call.stream.stream_id for call in again) == [1, 3, 5, 7]


def test_responses_may_arrive_in_any_pieces(streams: StreamingPair):
    first, second = streams.start(2)
    streams.reply(first, b"first")
    streams.reply(second, b"second")
    data = streams.server.data_to_send()

    ended = [call for byte in data for call in streams.client.receive(bytes([byte]))]

    assert ended == [first, second]
    assert [texts(call) for call in ended] == [[b"first"], [b"second"]]


# Decoupled models: any number of responses.


def test_a_decoupled_call_ends_with_its_final_response(streams: StreamingPair):
    (call,) = streams.start()
    for number in range(3):
        streams.reply(call, b"%d" % number, final=False)
        assert streams.exchange() == []
    streams.reply(call, b"3", final=True)

    assert streams.exchange() == [call]
    assert texts(call) == [b"0", b"1", b"2", b"3"]


def test_an_empty_final_response_is_the_end_and_no_response(streams: StreamingPair):
    (call,) = streams.start()
    streams.reply(call, b"only", final=False)
    streams.reply(call, final=True)

    assert streams.exchange() == [call]
    assert texts(call) == [b"only"]


def test_no_response_at_all_is_a_good_call(streams: StreamingPair):
    (call,) = streams.start()
    streams.reply(call, final=True)

    assert streams.exchange() == [call]
    assert call.responses == []
    assert failure_of(call) is None


def test_each_response_has_its_instant_and_the_call_that_of_the_last_one(streams: StreamingPair):
    (call,) = streams.start()
    for now_ns, text, final in ((10, b"a", False), (20, b"b", False), (35, b"", True)):
        streams.reply(call, text, final=final)
        streams.client.receive(streams.server.data_to_send(), now_ns)

    assert call.response_ns == [10, 20]
    assert call.end_ns == 20, "what carries nothing does not count"


def test_without_any_response_the_end_is_that_of_the_final_message(streams: StreamingPair):
    (call,) = streams.start()
    streams.reply(call, final=True)
    streams.client.receive(streams.server.data_to_send(), 35)

    assert call.end_ns == 35


def test_responses_of_several_calls_in_one_read_keep_apart(streams: StreamingPair):
    calls = streams.start(3)
    for text in (b"x", b"y"):
        for call in calls:
            streams.reply(call, text + b"%d" % call.number, final=False)
    for call in calls:
        streams.reply(call, final=True)

    assert streams.exchange() == calls
    assert [texts(call) for call in calls] == [[b"x1", b"y1"], [b"x2", b"y2"], [b"x3", b"y3"]]


# What the owner does.


def test_a_cancelled_call_takes_its_stream_with_it(streams: StreamingPair):
    cancelled, other = streams.start(2)
    streams.client.cancel(cancelled, Failure("timeout", "no reply within 1 s"))

    assert streams.exchange() == []
    assert cancelled.failure == Failure("timeout", "no reply within 1 s")
    (reset,) = streams.happened(StreamReset)
    assert (reset.stream_id, reset.error_code) == (cancelled.stream.stream_id, ErrorCodes.CANCEL)
    assert streams.client.open_exchanges == [other]
    streams.client.cancel(cancelled, LOST)
    assert cancelled.failure.kind == "timeout", "it had ended"
    assert streams.start()[0].stream.stream_id == 5


def test_no_more_calls_than_the_server_allows_streams(streams: StreamingPair):
    streams.server.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 2})
    streams.exchange()
    assert streams.client.capacity == streams.client.room == 2
    first, _ = streams.start(2)
    assert streams.client.room == 0
    with pytest.raises(LocalProtocolError):
        streams.client.start(REQUEST)

    streams.reply(first, b"answer")
    streams.exchange()

    assert streams.client.room == 1
    assert streams.start()[0].stream is first.stream


def test_a_server_that_is_going_away_gets_no_new_calls(streams: StreamingPair):
    taken, not_taken = streams.start(2)
    frame = GoAwayFrame(last_stream_id=1, additional_data=b"max_age").serialize()

    assert streams.client.receive(frame) == [not_taken]
    assert not_taken.unprocessed
    assert streams.client.is_going_away
    assert streams.client.goaway_words == "max_age"
    assert streams.client.capacity == streams.client.room == 0
    streams.reply(taken, b"answer")
    assert streams.client.receive(streams.server.data_to_send()) == [taken]
    assert streams.client.room == 0, "although its stream is idle"


def test_only_calls_that_never_left_are_surely_unprocessed(streams: StreamingPair):
    (before,) = streams.start()
    streams.reply(before, b"answer")
    streams.exchange()
    (sent,) = streams.start()
    streams.client.start(REQUEST)
    streams.client.take_output()
    queued = streams.client.start(REQUEST)

    lost = streams.client.disconnect(LOST)

    assert [(call.number, call.failure, call.unprocessed) for call in lost] == [
        (sent.number, LOST, False),
        (sent.number + 1, LOST, False),
        (queued.number, LOST, True),
    ]
    assert streams.client.in_flight == streams.client.room == 0


def test_goodbye_ends_the_streams_and_then_the_connection(streams: StreamingPair):
    idle, busy = streams.start(2)
    streams.reply(idle, b"answer")
    streams.exchange()

    streams.client.say_goodbye()
    streams.exchange()

    assert [streams.received[call.stream.stream_id].ended for call in (idle, busy)] == [True, True]
    assert len(streams.happened(ConnectionTerminated)) == 1
    assert not streams.happened(StreamReset)


def test_a_call_may_end_after_goodbye_and_its_stream_is_not_used_again(streams: StreamingPair):
    (busy,) = streams.start()
    reply = response(str(busy.number), b"answer")
    streams.client.say_goodbye()
    streams.client.receive(response_headers(1).serialize())

    assert streams.client.receive(DataFrame(1, framed(reply)).serialize()) == [busy]
    assert failure_of(busy) is None
    assert streams.client.start(REQUEST).stream is not busy.stream


def test_pings_go_beside_the_calls(streams: StreamingPair):
    assert streams.client.is_ready
    streams.client.ping()
    assert streams.client.awaits_pong
    streams.exchange()
    assert not streams.client.awaits_pong
    assert streams.client.end_of_input() == []


def test_messages_are_compressed_in_both_directions():
    headers = call_headers("localhost:8001", "/s/m", compression="gzip")
    streams = StreamingPair(StreamingConnection(headers, read_stream_reply, compression="gzip"))
    message = service_pb2.ModelInferRequest(model_name="m" * 10_000).SerializeToString()
    call = streams.client.start(unary_request(headers, message))
    streams.exchange()
    streams.server.send_headers(1, [*RESPONSE_HEADERS, (b"grpc-encoding", b"gzip")])
    streams.opened.add(1)
    streams.send(1, framed(response("1", b"answer"), "gzip"))

    assert streams.exchange() == [call]
    assert [(one.model_name, one.id) for one in streams.requests(1)] == [("m" * 10_000, "1")]
    assert len(streams.received[1].body) < 200
    assert texts(call) == [b"answer"]


def test_the_request_is_cut_into_frames_as_every_other(streams: StreamingPair):
    message = service_pb2.ModelInferRequest(model_name="m" * 40_000).SerializeToString()
    streams.client.start(unary_request(HEADERS, message))
    streams.exchange()

    assert [len(frame.data) for frame in streams.sent_on(1, DataFrame)][:2] == [16_384, 16_384]
    assert [one.model_name for one in streams.requests(1)] == ["m" * 40_000]


def test_each_response_that_is_not_empty_is_told_of_as_it_comes():
    told = []
    tell = lambda call: told.append((call.number, len(call.responses)))  # noqa: E731 - one line says it
    streams = StreamingPair(StreamingConnection(HEADERS, read_stream_reply, on_response=tell))
    first, second = streams.start(2)
    streams.reply(first, b"a", final=False)
    streams.reply(second, b"b", final=True)
    streams.reply(first, b"c", final=False)
    streams.reply(first, final=True)
    streams.exchange()

    assert told == [(1, 1), (2, 1), (1, 2)]
