"""Which responses a decoupled model gives: any number for each request."""

from array import array
from dataclasses import replace

import numpy as np

from loadgen.engine.client import Client
from loadgen.measure.responses import Responses
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.streaming import StreamCall


class ResponseRecorder:
    """Keeps when the responses of good calls came that are not empty, from the callback that judges the calls."""

    def __init__(self) -> None:
        self._counts = array("q")
        self._seen_ns = array("q")

    def watch(self, client: Client) -> Client:
        """Return a client for streams that does the same, and whose responses are kept."""
        failure_of = client.failure_of

        def watched(call: Exchange) -> Failure | None:
            assert isinstance(call, StreamCall), "a decoupled model answers over streams alone"
            failure = failure_of(call)
            if failure is None:
                self._counts.append(len(call.response_ns))
                self._seen_ns.extend(call.response_ns)
            return failure

        return replace(client, failure_of=watched)

    def take(self) -> Responses:
        """Return those of the calls that ended since the last call, as columns."""
        responses = Responses(np.array(self._counts, np.int64), np.array(self._seen_ns, np.int64))
        del self._counts[:], self._seen_ns[:]
        return responses
