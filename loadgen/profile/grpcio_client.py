"""Unary calls of ModelInfer by grpc.aio, the official library."""

from collections.abc import Callable

from loadgen.engine.client import Client
from loadgen.engine.grpcio_connection import connect_grpcio
from loadgen.engine.shares import at_most
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.transport import Transport
from loadgen.profile.client import Inputs
from loadgen.profile.grpc_client import INFER, headers_for
from loadgen.triton.request import encode_infer_request
from loadgen.wire.exchange import Exchange, Failure, Request
from loadgen.wire.grpc import unary_request


def encoder(target: Target, transport: Transport, model: Model) -> Callable[[Inputs], Request]:
    """Return what turns inputs into a request. It is not compressed: grpcio does that itself, each time."""
    headers = headers_for(target, transport, INFER)
    return lambda inputs: unary_request(headers, encode_infer_request(target, model, inputs))


def client(target: Target, transport: Transport) -> Client:
    """Return the client. Raises ConfigError for TLS files that cannot be used."""
    return Client(
        lambda: connect_grpcio(target, transport, INFER), _failure_of, at_most(1), transport.request_timeout_s
    )


def _failure_of(exchange: Exchange) -> Failure | None:
    return exchange.failure
