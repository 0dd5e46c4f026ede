"""Calls over bidirectional streams that fail: alone, with their stream, or by bytes that nobody understands."""

import pytest
from h2.errors import ErrorCodes
from h2.events import StreamReset
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame, RstStreamFrame
from hypothesis import given
from hypothesis import strategies as st

from loadgen.errors import RemoteProtocolError
from loadgen.wire.exchange import Failure
from loadgen.wire.grpc import framed
from loadgen.wire.streaming import StreamCall, failure_of
from tests.wire.peer import raw_frame
from tests.wire.streaming_peer import LOST, REQUEST, StreamingPair, response, texts


def test_an_error_fails_its_call_alone_and_the_stream_goes_on(streams: StreamingPair):
    failed, other = streams.start(2)
    streams.reply(failed, error="unexpected inference input 'x' for model 'model'")

    assert streams.exchange() == [failed]
    assert failure_of(failed) == Failure("stream error", "unexpected inference input 'x' for model 'model'")
    (again,) = streams.start()
    assert again.stream.stream_id == failed.stream.stream_id
    for call in (other, again):
        streams.reply(call, b"answer")
    assert streams.exchange() == [other, again]
    assert failure_of(other) is failure_of(again) is None


def test_what_a_model_sends_after_an_error_is_let_pass(streams: StreamingPair):
    (failed,) = streams.start()
    streams.reply(failed, b"good", final=False)
    streams.reply(failed, error="no more", final=False)
    assert streams.exchange() == [failed]
    (next_one,) = streams.start()

    streams.reply(failed, b"late", final=False)
    streams.reply(failed, final=True)
    streams.reply(next_one, b"answer", final=True)

    assert streams.exchange() == [next_one]
    assert texts(failed) == [b"good"]
    assert texts(next_one) == [b"answer"]


def test_a_server_that_repeats_no_ids_is_understood(streams: StreamingPair):
    calls = streams.start(2)
    for call in calls:
        streams.send(call.stream.stream_id, framed(response("", b"to %d" % call.number)))

    assert streams.exchange() == calls
    assert [texts(call) for call in calls] == [[b"to 1"], [b"to 2"]]


@pytest.mark.parametrize("call_id", ["2", "3", "0", "-1", "one", "²", "9" * 5000])
def test_the_id_of_another_is_a_bad_reply_to_the_call_on_that_stream(streams: StreamingPair, call_id: str):
    # The call that it should have named would wait for ever. Its stream is of no more use.
    broken, other = streams.start(2)
    streams.send(broken.stream.stream_id, framed(response(call_id, b"answer")))

    assert streams.exchange() == [broken]
    assert broken.failure.kind == "bad reply"
    assert f"the server answered request 1 with the id '{call_id[:20]}'" in broken.failure.message
    assert [event.stream_id for event in streams.happened(StreamReset)] == [broken.stream.stream_id]
    streams.reply(other, b"answer")
    assert streams.exchange() == [other]
    assert streams.start()[0].stream is other.stream


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(framed(b"\xff\xff"), "not a ModelStreamInferResponse", id="no message of Triton's"),
        pytest.param(b"\x01" + framed(response("1"))[1:], "in an unknown way", id="compressed without saying how"),
    ],
)
def test_what_cannot_be_read_is_a_bad_reply(streams: StreamingPair, data: bytes, words: str):
    (call,) = streams.start()
    streams.send(1, data + data)

    assert streams.exchange() == [call]
    assert call.failure.kind == "bad reply"
    assert words in call.failure.message
    assert streams.start()[0].stream.stream_id == 3


@pytest.mark.parametrize(
    ("trailers", "failure"),
    [
        pytest.param(
            [(b"grpc-status", b"14"), (b"grpc-message", b"shutting down")],
            Failure("UNAVAILABLE", "shutting down"),
            id="with a status",
        ),
        pytest.param(
            [(b"grpc-status", b"0")],
            Failure("bad reply", "the server ended the stream before the final response"),
            id="as if all were well",
        ),
        pytest.param([(b"x", b"y")], Failure("UNKNOWN", "the reply carries no grpc-status"), id="without a status"),
    ],
)
@pytest.mark.parametrize("has_begun", [True, False], ids=["after a response", "at once"])
def test_the_end_of_a_stream_fails_the_call_on_it(streams: StreamingPair, trailers, failure: Failure, has_begun: bool):
    broken, other = streams.start(2)
    if has_begun:
        streams.reply(broken, b"some", final=False)
    streams.end(broken.stream.stream_id, *trailers)

    assert streams.exchange() == [broken]
    assert failure_of(broken) == failure
    streams.reply(other, b"answer")
    assert streams.exchange() == [other]


def test_the_end_of_an_idle_stream_is_no_ones_failure(streams: StreamingPair):
    (call,) = streams.start()
    streams.reply(call, b"answer")
    streams.end(1, (b"grpc-status", b"0"))

    assert streams.exchange() == [call]
    assert failure_of(call) is None
    assert streams.start()[0].stream.stream_id == 3


def test_a_reset_fails_the_call_on_the_stream(streams: StreamingPair):
    (call,) = streams.start()
    streams.server.reset_stream(1, ErrorCodes.REFUSED_STREAM)

    assert streams.exchange() == [call]
    assert call.failure == Failure("reset", "the server reset the stream with REFUSED_STREAM")
    assert call.unprocessed


def test_a_response_before_the_whole_request_costs_the_stream(streams: StreamingPair):
    streams.server.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 5})
    streams.exchange()
    (call,) = streams.start()
    streams.reply(call, error="too large")

    assert streams.exchange() == [call]
    assert [event.stream_id for event in streams.happened(StreamReset)] == [1]
    assert streams.client.start(REQUEST).stream.stream_id == 3


def test_replies_before_a_broken_rule_are_not_lost(streams: StreamingPair):
    first, second = streams.start(2)
    streams.reply(first, b"answer")

    with pytest.raises(RemoteProtocolError) as raised:
        streams.client.receive(streams.server.data_to_send() + raw_frame(6, b""))

    assert raised.value.finished == [first]
    assert texts(first) == [b"answer"]
    assert streams.client.disconnect(LOST) == [second]


# Any bytes.

MESSAGES = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda call_id, text, final, error: framed(response(call_id, text, final=final, error=error)),
        st.sampled_from(["1", "2", "3", "", "x"]),
        st.sampled_from([b"", b"text"]),
        st.sampled_from([None, True, False]),
        st.sampled_from(["", "no"]),
    ),
)
FRAMES = st.one_of(
    st.builds(
        lambda stream_id, data, flags: raw_frame(0, data, flags=flags, stream_id=stream_id),
        st.sampled_from([1, 3]),
        st.lists(MESSAGES, max_size=3).map(b"".join),
        st.sampled_from([0, 0, 1]),
    ),
    st.builds(lambda stream_id: RstStreamFrame(stream_id, 7).serialize(), st.sampled_from([1, 3])),
    st.builds(lambda last_id: GoAwayFrame(last_stream_id=last_id).serialize(), st.sampled_from([0, 1, 3])),
)


def outcomes(frames: list[bytes], cut: int) -> list[tuple[int, Failure | None, list[bytes]]]:
    """Return what becomes of two calls when these frames come in pieces of a size."""
    streams = StreamingPair()
    for call in streams.start(2):
        streams.send(call.stream.stream_id, b"")
    data = streams.server.data_to_send() + b"".join(frames)
    ended: list[StreamCall] = []
    for start in range(0, len(data), cut):
        try:
            ended += streams.client.receive(data[start : start + cut])
        except RemoteProtocolError as error:
            ended += error.finished
            break
    ended += streams.client.disconnect(LOST)
    assert streams.client.in_flight == 0
    return [(call.number, failure_of(call), call.responses) for call in ended]


@given(frames=st.lists(FRAMES, max_size=12), cut=st.integers(1, 50))
def test_whatever_comes_each_call_ends_once_and_the_same_however_it_is_cut(frames: list[bytes], cut: int):
    in_pieces = outcomes(frames, cut)

    assert sorted(number for number, _, _ in in_pieces) == [1, 2]
    assert in_pieces == outcomes(frames, 10_000)


def test_a_bad_message_is_dealt_with_before_the_next_frame(streams: StreamingPair):
    # That frame is broken, which only matters on a stream that is open; and this one is not, after the bad message.
    (call,) = streams.start()
    streams.send(1, framed(b"\xff\xff"))
    broken_padding = raw_frame(0, b"\x05", flags=8, stream_id=1)

    assert streams.client.receive(streams.server.data_to_send() + broken_padding) == [call]
