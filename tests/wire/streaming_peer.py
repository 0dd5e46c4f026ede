"""What the tests of streaming share: a gRPC server made of `h2` that speaks Triton's own messages."""

import gzip

from tritonclient.grpc import service_pb2

from loadgen.triton.stream_reply import read_stream_reply
from loadgen.wire.exchange import Failure
from loadgen.wire.grpc import call_headers, framed, unary_request
from loadgen.wire.streaming import StreamCall, StreamingConnection
from tests.wire.peer import RESPONSE_HEADERS, Pair

HEADERS = call_headers("localhost:8001", "/inference.GRPCInferenceService/ModelStreamInfer")
REQUEST = unary_request(HEADERS, service_pb2.ModelInferRequest(model_name="model").SerializeToString())
LOST = Failure("connection lost", "the server closed the connection")


class StreamingPair(Pair):
    """Our streaming client, and a server that answers by hand."""

    client: StreamingConnection

    def __init__(self, client: StreamingConnection | None = None) -> None:
        super().__init__(client or StreamingConnection(HEADERS, read_stream_reply))
        self.opened: set[int] = set()
        self.exchange()

    def start(self, calls: int = 1) -> list[StreamCall]:
        """Start calls whose requests the server has."""
        started = [self.client.start(REQUEST) for _ in range(calls)]
        self.exchange()
        return started

    def reply(self, call: StreamCall, text: bytes = b"", **what) -> None:
        """Send a response to a call, on its stream; without a text it has no output."""
        self.send(call.stream.stream_id, framed(response(str(call.number), text, **what)))

    def send(self, stream_id: int, data: bytes) -> None:
        """Send bytes on a stream, after the headers if they were not sent yet."""
        if stream_id not in self.opened:
            self.opened.add(stream_id)
            self.server.send_headers(stream_id, RESPONSE_HEADERS)
        self.server.send_data(stream_id, data)

    def end(self, stream_id: int, *trailers: tuple[bytes, bytes]) -> None:
        """End a stream by trailers, or by trailers alone."""
        fields = trailers if stream_id in self.opened else (*RESPONSE_HEADERS, *trailers)
        self.server.send_headers(stream_id, fields, end_stream=True)

    def requests(self, stream_id: int) -> list[service_pb2.ModelInferRequest]:
        """Return the requests that the server has got on a stream."""
        body, found = bytes(self.received[stream_id].body), []
        while body:
            size = int.from_bytes(body[1:5])
            message = gzip.decompress(body[5 : 5 + size]) if body[0] else body[5 : 5 + size]
            found.append(service_pb2.ModelInferRequest.FromString(message))
            body = body[5 + size :]
        return found


def response(call_id: str, text: bytes = b"", *, final: bool | None = None, error: str = "") -> bytes:
    reply = service_pb2.ModelStreamInferResponse(error_message=error)
    reply.infer_response.id = call_id
    if final is not None:
        reply.infer_response.parameters["triton_final_response"].bool_param = final
    if text:
        reply.infer_response.outputs.add(name="text")
        reply.infer_response.raw_output_contents.append(text)
    return reply.SerializeToString()


def texts(call: StreamCall) -> list[bytes]:
    """Return what the responses of a call carry."""
    replies = [service_pb2.ModelStreamInferResponse.FromString(message) for message in call.responses]
    return [reply.infer_response.raw_output_contents[0] for reply in replies]
