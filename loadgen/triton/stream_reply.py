"""What Triton says in a message of a ModelStreamInfer call."""

from google.protobuf.message import DecodeError
from tritonclient.grpc import service_pb2

from loadgen.errors import RemoteProtocolError
from loadgen.wire.streaming import StreamReply


def read_stream_reply(message: bytes) -> StreamReply:
    """Take a serialised ModelStreamInferResponse apart. Raises RemoteProtocolError when it is none.

    A response is final when Triton says so, which it does because our requests ask for it; a server that says nothing
    sends one response for each request (behaviour section 9.4).
    """
    try:
        reply = service_pb2.ModelStreamInferResponse.FromString(message)
    except DecodeError as error:
        raise RemoteProtocolError("the reply is not a ModelStreamInferResponse") from error
    response = reply.infer_response
    flag = response.parameters.get("triton_final_response")
    is_final = flag is None or flag.bool_param
    return StreamReply(
        id=response.id,
        error_message=reply.error_message,
        is_final=is_final,
        is_empty=is_final and not response.outputs,
    )
