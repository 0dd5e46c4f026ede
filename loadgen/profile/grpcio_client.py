"""Unary calls of ModelInfer by grpc.aio, the official library."""

from collections.abc import Callable, Sequence

from loadgen.engine.client import Client
from loadgen.engine.grpcio_connection import connect_grpcio
from loadgen.engine.shares import at_most
from loadgen.load.input_data import Form, Parameters
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays
from loadgen.load.transport import Transport
from loadgen.profile.grpc_client import INFER, headers_for, infer_form
from loadgen.triton.outputs import outputs_of
from loadgen.triton.request import encode_infer_request
from loadgen.wire.exchange import Exchange, Failure, Request
from loadgen.wire.grpc import message_of


def former(
    target: Target, transport: Transport, model: Model, parameters: Parameters, region: Region | None
) -> Callable[[Arrays], Form[Request]]:
    """Return what makes a form of inputs. A request is not compressed: grpcio does that itself, each time."""
    headers = headers_for(target, transport, INFER)
    return lambda inputs: infer_form(
        encode_infer_request(target, model, inputs, parameters=parameters, region=region), headers
    )


def client(target: Target, transport: Transport) -> Client:
    """Return the client. Raises ConfigError for TLS files that cannot be used."""
    return Client(
        lambda: connect_grpcio(target, transport, INFER), _failure_of, at_most(1), transport.request_timeout_s
    )


def outputs(exchange: Exchange) -> Sequence[Arrays]:
    """Return the outputs of the response. Raises InferenceError or RemoteProtocolError when it cannot be read."""
    return [outputs_of(message_of(exchange))]


def _failure_of(exchange: Exchange) -> Failure | None:
    return exchange.failure
