"""Calls of ModelStreamInfer by loadgen's own client: one bidirectional stream for each request in flight."""

from collections.abc import Awaitable, Callable, Sequence

from loadgen.engine.client import Client
from loadgen.engine.connection import Connection
from loadgen.load.input_data import Form, Parameters
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays
from loadgen.load.transport import Transport
from loadgen.profile.grpc_client import connections_for, connector, headers_for, infer_form
from loadgen.triton.outputs import stream_outputs_of
from loadgen.triton.request import encode_infer_request
from loadgen.triton.stream_reply import read_stream_reply
from loadgen.wire.exchange import Request
from loadgen.wire.streaming import OnResponse, StreamCall, StreamingConnection, failure_of

STREAM_INFER = "/inference.GRPCInferenceService/ModelStreamInfer"


def former(
    target: Target, _transport: Transport, model: Model, parameters: Parameters, region: Region | None
) -> Callable[[Arrays], Form[Request]]:
    """Return what makes a form of inputs. A request gets an id of its own each time it is sent.

    It has no headers, for those of its stream were sent before, and is compressed when it has its id.
    """
    return lambda inputs: infer_form(
        encode_infer_request(target, model, inputs, parameters=parameters, region=region), ()
    )


def client(target: Target, transport: Transport) -> Client:
    """Return the client. Raises ConfigError for TLS files that cannot be used."""
    return Client(opener(target, transport), failure_of, connections_for, transport.request_timeout_s)


def opener(
    target: Target, transport: Transport, on_response: OnResponse | None = None
) -> Callable[[], Awaitable[Connection]]:
    """Return what opens connections, which tell `on_response` of the call of each response as it comes."""
    # Without a timeout: it would be that of the streams, which last as long as the load.
    headers = headers_for(target, transport, STREAM_INFER)
    return connector(
        target,
        transport,
        lambda: StreamingConnection(
            headers, read_stream_reply, compression=transport.compression, on_response=on_response
        ),
    )


def outputs(exchange: StreamCall) -> Sequence[Arrays]:
    """Return the outputs of each response that has any. Raises InferenceError when one cannot be read."""
    return [stream_outputs_of(message) for message in exchange.responses]
