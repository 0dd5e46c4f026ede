"""How many responses a decoupled model gives: any number for each request."""

from dataclasses import replace

from loadgen.engine.client import Client
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.streaming import StreamCall


class ResponseCounter:
    """Counts the responses of good calls that are not empty, from the callback that judges the calls."""

    def __init__(self) -> None:
        self._count = 0

    def watch(self, client: Client) -> Client:
        """Return a client for streams that does the same, and whose responses are counted."""
        failure_of = client.failure_of

        def counted(call: Exchange) -> Failure | None:
            assert isinstance(call, StreamCall), "a decoupled model answers over streams alone"
            failure = failure_of(call)
            if failure is None:
                self._count += len(call.responses)
            return failure

        return replace(client, failure_of=counted)

    def take(self) -> int:
        """Return how many there were since the last call."""
        count, self._count = self._count, 0
        return count
