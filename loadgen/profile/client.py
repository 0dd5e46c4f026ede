"""Who sends the requests: chosen by the target and the transport.

Each client is a module of its own with the same two functions, imported only when it is the one: start-up is a part of
a short run's weight.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from loadgen.engine.client import Client
from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.load.transport import Transport

Inputs = Mapping[str, NDArray[Any]]
"""An array for each input of the model, in the shape in which it travels."""


def requests_for(target: Target, transport: Transport, model: Model, inputs: Iterable[Inputs]) -> Sequence[Any]:
    """Return a request for each of `inputs`, encoded as the client wants it.

    Raises ConfigError for what the model or the protocol does not take.
    """
    if model.is_decoupled and not transport.streaming:
        raise ConfigError(f'model "{model.name}" is decoupled (any number of responses to a request): add --streaming')
    encode = _module(target, transport).encoder(target, transport, model)
    return [encode(one) for one in inputs]


def client_for(target: Target, transport: Transport) -> Client:
    """Return the client that sends such requests. Raises ConfigError for TLS files that cannot be used."""
    client: Client = _module(target, transport).client(target, transport)
    return client


def _module(target: Target, transport: Transport) -> ModuleType:
    if target.protocol == "http":
        return import_module("loadgen.profile.http_client")
    if transport.client == "grpcio":
        return import_module("loadgen.profile.grpcio_client")
    return import_module(f"loadgen.profile.{'streaming' if transport.streaming else 'grpc'}_client")
