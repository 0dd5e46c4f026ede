"""Who sends the requests: chosen by the target and the transport.

Each client is a module of its own with the same three functions, imported only when it is the one: start-up is a part
of a short run's weight.
"""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from loadgen.engine.client import Client
from loadgen.errors import ConfigError
from loadgen.load.input_data import Form, Parameters
from loadgen.load.model import Model
from loadgen.load.region import Region
from loadgen.load.steps import Step
from loadgen.load.target import Target
from loadgen.load.tensors import Arrays
from loadgen.load.transport import Transport
from loadgen.profile.sent import Sent
from loadgen.profile.validation import validating
from loadgen.wire.exchange import Exchange
from loadgen.wire.streaming import StreamCall


def former_for(
    target: Target, transport: Transport, model: Model, parameters: Parameters = (), region: Region | None = None
) -> Callable[[Arrays], Form[Any]]:
    """Return what makes a form of inputs, with the tensors in the region if there is one.

    Raises ConfigError for what the model does not take; and what it returns, for what the protocol does not.
    """
    if model.is_decoupled and not transport.streaming:
        raise ConfigError(f'model "{model.name}" is decoupled (any number of responses to a request): add --streaming')
    former: Callable[[Arrays], Form[Any]] = _module(target, transport).former(
        target, transport, model, parameters, region
    )
    return former


def encoder_for(
    target: Target, transport: Transport, model: Model, parameters: Parameters = (), region: Region | None = None
) -> Callable[[Arrays], Any]:
    """Return what turns inputs into a request with no parameters of its own, and raises ConfigError as `former_for`."""
    form_of = former_for(target, transport, model, parameters, region)
    return lambda inputs: form_of(inputs)(())


def client_for(target: Target, transport: Transport) -> Client:
    """Return the client that sends such requests. Raises ConfigError for TLS files that cannot be used."""
    client: Client = _module(target, transport).client(target, transport)
    return client


def validating_client_for(
    target: Target, transport: Transport, steps: Iterable[Step], sent_as: Callable[[Any], Sent]
) -> Client:
    """Return the client, which finds a reply good only if it has the outputs that the request's step expects.

    `sent_as` tells which of the steps a request carries. Where the steps expect nothing, replies are not looked into.
    Raises ConfigError as `client_for` does.
    """
    client = client_for(target, transport)
    if not any(step.expected for step in steps):
        return client
    return validating(client, outputs_reader(target, transport), sent_as)


def outputs_reader(target: Target, transport: Transport) -> Callable[[Exchange], Sequence[Arrays]]:
    """Return what reads the outputs of each response of a good exchange; it raises LoadgenError where it cannot.

    In shared memory they are no part of the responses: then each has none.
    """
    if transport.shared_memory is not None:
        return _no_outputs
    reader: Callable[[Exchange], Sequence[Arrays]] = _module(target, transport).outputs
    return reader


def _no_outputs(exchange: Exchange | StreamCall) -> Sequence[Arrays]:
    return [{}] * (len(exchange.responses) if isinstance(exchange, StreamCall) else 1)


def _module(target: Target, transport: Transport) -> ModuleType:
    if target.protocol == "http":
        return import_module("loadgen.profile.http_client")
    if transport.client == "grpcio":
        return import_module("loadgen.profile.grpcio_client")
    return import_module(f"loadgen.profile.{'streaming' if transport.streaming else 'grpc'}_client")
