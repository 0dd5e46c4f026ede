"""What Triton's messages on a stream mean (behaviour section 9.4)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tritonclient.grpc import service_pb2

from loadgen.errors import RemoteProtocolError
from loadgen.triton.stream_reply import read_stream_reply
from loadgen.wire.streaming import StreamReply


def message(*, error: str = "", final: bool | None = None, outputs: int = 0) -> bytes:
    reply = service_pb2.ModelStreamInferResponse(error_message=error)
    reply.infer_response.id = "7"
    if final is not None:
        reply.infer_response.parameters["triton_final_response"].bool_param = final
    for number in range(outputs):
        reply.infer_response.outputs.add(name=f"output {number}")
    return reply.SerializeToString()


@pytest.mark.parametrize(
    ("serialised", "reply"),
    [
        pytest.param(message(outputs=2), StreamReply("7", "", True, False), id="nothing said of an end: the only one"),
        pytest.param(message(final=True, outputs=1), StreamReply("7", "", True, False), id="the last one"),
        pytest.param(message(final=False, outputs=1), StreamReply("7", "", False, False), id="more will come"),
        pytest.param(message(final=True), StreamReply("7", "", True, True), id="only the end"),
        pytest.param(message(final=False), StreamReply("7", "", False, False), id="no outputs, but not the end"),
        pytest.param(message(error="no"), StreamReply("7", "no", True, True), id="an error"),
        pytest.param(message(error="no", final=False), StreamReply("7", "no", False, False), id="an error in between"),
        pytest.param(b"", StreamReply("", "", True, True), id="a message of nothing"),
    ],
)
def test_a_message_says_whose_it_is_and_whether_it_is_the_last(serialised: bytes, reply: StreamReply):
    assert read_stream_reply(serialised) == reply


@given(serialised=st.binary(max_size=60))
def test_any_bytes_are_a_reply_or_a_protocol_error(serialised: bytes):
    with suppress(RemoteProtocolError):
        assert isinstance(read_stream_reply(serialised), StreamReply)


def test_what_is_no_message_is_said_to_be_none():
    with pytest.raises(RemoteProtocolError, match="the reply is not a ModelStreamInferResponse"):
        read_stream_reply(b"\xff\xff")
