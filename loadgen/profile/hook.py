"""The caller's own look at what comes back."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from loadgen.engine.client import Client
from loadgen.errors import LoadgenError
from loadgen.load.tensors import Arrays
from loadgen.wire.exchange import BAD_REPLY, Exchange, Failure


def telling(
    client: Client, outputs_of: Callable[[Exchange], Sequence[Arrays]], on_outputs: Callable[[Arrays], object]
) -> Client:
    """Return the client, of which `on_outputs` gets the outputs of each good response.

    A request fails for which it raises, and is counted by the name of the exception.
    """

    def failure_of(exchange: Exchange) -> Failure | None:
        failure = client.failure_of(exchange)
        if failure is not None:
            return failure
        try:
            for outputs in outputs_of(exchange):
                on_outputs(outputs)
        except LoadgenError as error:
            return Failure(BAD_REPLY, str(error))
        except Exception as error:  # noqa: BLE001 - the caller's code may raise anything
            return Failure(type(error).__name__, str(error))
        return None

    return replace(client, failure_of=failure_of)
