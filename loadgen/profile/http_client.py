"""Inference over HTTP/1.1, one connection for each request in flight."""

from collections.abc import Awaitable, Callable, Sequence

from loadgen.engine.client import Client
from loadgen.engine.connect import connect
from loadgen.engine.connection import Connection
from loadgen.engine.shares import one_for_each
from loadgen.load.input_data import Form, Parameters
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays
from loadgen.load.transport import Transport
from loadgen.net.tls import ssl_context
from loadgen.triton.http_outputs import http_outputs_of
from loadgen.triton.http_request import http_request_form, shared_http_request_form
from loadgen.wire.exchange import Exchange
from loadgen.wire.http1 import Http1Connection, Http1Request
from loadgen.wire.kserve_http import failure_of


def former(
    target: Target, transport: Transport, model: Model, parameters: Parameters, region: Region | None
) -> Callable[[Arrays], Form[Http1Request]]:
    """Return what makes a form of inputs."""
    if region is not None:
        return lambda inputs: shared_http_request_form(target, model, inputs, region=region, parameters=parameters)
    return lambda inputs: http_request_form(target, model, inputs, transport=transport, parameters=parameters)


def client(target: Target, transport: Transport) -> Client:
    """Return the client. Raises ConfigError for TLS files that cannot be used."""
    return Client(_connector(target), failure_of, one_for_each, transport.request_timeout_s)


def outputs(exchange: Exchange) -> Sequence[Arrays]:
    """Return the outputs of the response. Raises InferenceError when it cannot be read."""
    return [http_outputs_of(exchange)]


def _connector(target: Target) -> Callable[[], Awaitable[Connection]]:
    tls = ssl_context(target.tls, protocols=["http/1.1"]) if target.tls else None
    server_name = target.tls.server_name if target.tls else None
    # A server that does not know ALPN speaks HTTP/1.1 over TLS all the same.
    return lambda: connect(target.endpoint, Http1Connection(), tls=tls, alpn=None, server_name=server_name)
