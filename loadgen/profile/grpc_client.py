"""Unary calls of ModelInfer by loadgen's own client."""

from collections.abc import Awaitable, Callable, Sequence

from loadgen.engine.client import Client
from loadgen.engine.connect import connect
from loadgen.engine.connection import Connection, WireConnection
from loadgen.load.input_data import Form, Parameters
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays
from loadgen.load.transport import Transport
from loadgen.net.tls import ssl_context
from loadgen.triton.outputs import outputs_of
from loadgen.triton.request import encode_infer_request, encode_parameters
from loadgen.wire.connection import ClientConnection
from loadgen.wire.exchange import Exchange, Request
from loadgen.wire.grpc import Compression, call_headers, failure_of, message_of, unary_request
from loadgen.wire.headers import Fields

INFER = "/inference.GRPCInferenceService/ModelInfer"


def former(
    target: Target, transport: Transport, model: Model, parameters: Parameters, region: Region | None
) -> Callable[[Arrays], Form[Request]]:
    """Return what makes a form of inputs; all requests share their headers, which spares coding them again."""
    headers = headers_for(target, transport, INFER, timeout_s=transport.request_timeout_s)
    return lambda inputs: infer_form(
        encode_infer_request(target, model, inputs, parameters=parameters, region=region),
        headers,
        compression=transport.compression,
    )


def infer_form(message: bytes, headers: Fields, *, compression: Compression | None = None) -> Form[Request]:
    """Return what makes requests of a serialised ModelInferRequest."""
    return lambda own: unary_request(headers, message + encode_parameters(own), compression=compression)


def client(target: Target, transport: Transport) -> Client:
    """Return the client. Raises ConfigError for TLS files that cannot be used."""
    open_one = connector(target, transport, ClientConnection)
    return Client(open_one, failure_of, connections_for, transport.request_timeout_s)


def outputs(exchange: Exchange) -> Sequence[Arrays]:
    """Return the outputs of the response. Raises InferenceError or RemoteProtocolError when it cannot be read."""
    return [outputs_of(message_of(exchange))]


def connections_for(level: int) -> int:
    """Return over how many connections a level is spread: as many as requests in flight up to 3, but one from 4 on.

    Few requests at a time are answered sooner on connections of their own; of many, the replies come together on one,
    which takes less CPU. Triton answering from its cache on two slow cores, requests a second over 1, 2 and 4
    connections, medians of five short runs: concurrency 2: 7140, 7950; 3: 8850, 8890, 9130; 4: 8460, 7850, 8610 (for
    1.5, 1.7 and 1.9 s of CPU); 6: 10 220, 9230, 9220. On quicker cores 4: 20 600, 23 600, 21 600; 8: 28 800, 28 600,
    28 700; 64: 37 700, 36 100, 33 900.
    """
    return level if level < 4 else 1


def headers_for(target: Target, transport: Transport, path: str, *, timeout_s: float | None = None) -> Fields:
    """Return the header fields of a call of `path`."""
    return call_headers(
        target.endpoint.authority,
        path,
        scheme="https" if target.tls else "http",
        metadata=target.headers,
        timeout_s=timeout_s,
        compression=transport.compression,
    )


def connector(
    target: Target, transport: Transport, wire: Callable[[], WireConnection]
) -> Callable[[], Awaitable[Connection]]:
    """Return what opens an HTTP/2 connection to the target, each with a wire connection of its own."""
    tls = ssl_context(target.tls, protocols=["h2"]) if target.tls else None
    server_name = target.tls.server_name if target.tls else None
    return lambda: connect(
        target.endpoint, wire(), tls=tls, alpn="h2", server_name=server_name, keepalive_s=transport.keepalive_s
    )
