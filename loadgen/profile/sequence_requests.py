"""The requests of a load to a sequence model."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple, Self

from loadgen.engine.client import Client
from loadgen.load.input_data import Form
from loadgen.load.sequences import OpenSequence, OpenSequences, Turn
from loadgen.load.steps import Step
from loadgen.profile.sent import Sent
from loadgen.wire.exchange import Exchange, Failure

KEPT_REQUESTS: Final = 128
"""So many are kept to be sent again, for in a long sequence a turn is like the one before it: that takes 6 us in place
of 16 over gRPC, and 10 in place of 45 over HTTP. Each holds its tensors, so they are not many."""


class _OnItsWay(NamedTuple):
    sequence: OpenSequence
    turn: Turn
    is_early_end: bool
    """one request more than the sequence has"""


class SequenceRequests:
    """An iterator without end until `end`: each request is the next one of a sequence that has none in flight.

    When a request is over is known from the callback that judges it, so the client has to be a watched one. A request
    that fails takes its sequence with it, for the server may have lost that, and another one begins; so it is with one
    that nobody waits for any more, at the latest when its place is needed. `streams` are the steps of each, and `forms`
    what makes requests of them.
    """

    def __init__(
        self, sequences: OpenSequences, streams: Sequence[Sequence[Step]], forms: Sequence[Sequence[Form[Any]]]
    ) -> None:
        self._sequences = sequences
        self._streams = streams
        self._request_of = lru_cache(KEPT_REQUESTS)(lambda turn: forms[turn.stream][turn.step](turn.parameters))
        self._at_a_time = 0
        self._is_ending = False
        self._on_their_way: dict[Any, _OnItsWay] = {}
        """each by its request, the oldest first"""
        self._on_rest: Callable[[], object] | None = None
        self._ended = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - each client has requests of its own
        if self._is_ending and not self._sequences.resting_count:
            raise StopIteration
        if len(self._on_their_way) >= self._at_a_time:
            self._give_up(next(iter(self._on_their_way)))
        sequence = self._sequences.next()
        turn = sequence.end() if self._is_ending else sequence.turn()
        request = self._request_of(turn)
        self._on_their_way[request] = _OnItsWay(sequence, turn, self._is_ending)
        return request

    def begin(self, at_a_time: int) -> None:
        """Let there be so many sequences at a time. Raises ConfigError when there are not as many ids.

        Nothing is in flight any more: what was never answered is given up.
        """
        self._sequences.require_ids(at_a_time)
        for request in list(self._on_their_way):
            self._give_up(request)
        self._at_a_time, self._is_ending, self._on_rest = at_a_time, False, None

    def end(self, on_rest: Callable[[], object] | None = None) -> None:
        """Let each request from now on end its sequence; there is none where no sequence rests.

        `on_rest` is called when one comes to rest that has to be ended.
        """
        self._is_ending, self._on_rest = True, on_rest

    @property
    def resting_count(self) -> int:
        """How many sequences are open and have no request in flight."""
        return self._sequences.resting_count

    @property
    def are_open(self) -> bool:
        """Whether there are sequences that have not ended, and are not given up."""
        return bool(self._on_their_way or self.resting_count)

    def watch(self, client: Client) -> Client:
        """Return a client that does the same, and from which it is known when a request is over."""
        failure_of = client.failure_of

        def watched(exchange: Exchange) -> Failure | None:
            failure = failure_of(exchange)
            if failure is None:
                self._go_on(exchange.request)
            elif not exchange.unprocessed:  # else it will be sent again
                given_up = self._give_up(exchange.request)
                # A sequence that the server has let go of needs no end.
                return None if given_up and given_up.is_early_end else failure
            return failure

        return replace(client, failure_of=watched)

    def sent_as(self, request: Any) -> Sent:  # noqa: ANN401 - as above
        """Return what a request on its way stands for; of one more than a sequence has, no output is expected."""
        _, turn, is_early_end = self._on_their_way[request]
        step = self._streams[turn.stream][turn.step]
        if is_early_end:
            step = Step(step.inputs)
        return Sent(step, f"stream {turn.stream}, step {turn.step}", turn.sequence_id)

    def take(self) -> int:
        """Return how many sequences have come to their end since the last call."""
        ended, self._ended = self._ended, 0
        return ended

    def _go_on(self, request: Any) -> None:  # noqa: ANN401 - as above
        done = self._on_their_way.pop(request, None)
        if done is None:  # It was given up before, and is answered after all.
            return
        if done.turn.is_last:
            self._ended += 1
            self._sequences.forget(done.sequence)
        else:
            self._sequences.rest(done.sequence)
            if self._on_rest is not None:
                self._on_rest()

    def _give_up(self, request: Any) -> _OnItsWay | None:  # noqa: ANN401 - as above
        given_up = self._on_their_way.pop(request, None)
        if given_up is not None:
            self._sequences.forget(given_up.sequence)
        return given_up
