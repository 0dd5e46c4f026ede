"""Sequences of requests, as a model with `sequence_batching` takes them (behaviour section 9.1). Pure."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from loadgen.errors import ConfigError
from loadgen.load.input_data import Parameters
from loadgen.load.sequence_options import Sequences


class Turn(NamedTuple):
    """One request of a sequence: which it is, and the step of the stream whose tensors it carries.

    Those between the first and the last one are equal where they carry the same step. A tuple, because each request has
    one made, and that of a frozen dataclass takes four times as long.
    """

    sequence_id: int
    stream: int
    step: int
    is_first: bool
    is_last: bool

    @property
    def parameters(self) -> Parameters:
        """What the server is told: all three, always, as Triton's own clients do."""
        return (
            ("sequence_id", self.sequence_id),
            ("sequence_start", self.is_first),
            ("sequence_end", self.is_last),
        )


class OpenSequence:
    """A sequence that is about to begin, or has begun: `length` turns, one after the other."""

    def __init__(self, sequence_id: int, *, stream: int, step_count: int, length: int) -> None:
        self.id = sequence_id
        self._stream = stream
        self._step_count = step_count
        self._length = length
        self._taken = 0

    def turn(self) -> Turn:
        """Return the next request; the steps of the stream come over and over again."""
        self._taken += 1
        return self._turn(is_first=self._taken == 1, is_last=self._taken == self._length)

    def end(self) -> Turn:
        """Return one request more, which ends the sequence before its time: with the data of the one before."""
        return self._turn(is_first=False, is_last=True)

    def _turn(self, *, is_first: bool, is_last: bool) -> Turn:
        return Turn(self.id, self._stream, (self._taken - 1) % self._step_count, is_first, is_last)


class OpenSequences:
    """The sequences of a load that are open, each with one request in flight at most: its turns are in order.

    A sequence that rests, because its request was answered, goes on before another one begins; so there are as many as
    requests in flight. `step_counts` are the steps of each stream, of which each sequence carries one, chosen at random
    as perf_analyzer does. With `has_own_length` a sequence is as long as its stream, if the options have no length.
    """

    def __init__(self, options: Sequences, step_counts: Sequence[int], *, has_own_length: bool) -> None:
        self._options = options
        self._step_counts = step_counts
        self._has_own_length = has_own_length
        self._random = np.random.default_rng(options.seed)
        self._begun = 0
        self._ids: set[int] = set()
        self._resting: deque[OpenSequence] = deque()

    @property
    def resting_count(self) -> int:
        """How many have no request in flight."""
        return len(self._resting)

    def require_ids(self, count: int) -> None:
        """Raise ConfigError unless so many can be open at a time."""
        options = self._options
        if count > options.id_count:
            ids = f"{options.first_id}:{options.first_id + options.id_count}"
            raise ConfigError(f"--sequence-id-range {ids}: {count} sequences at a time need as many ids")

    def next(self) -> OpenSequence:
        """Return the one that has rested longest and rests no more, or a new one."""
        return self._resting.popleft() if self._resting else self._begin()

    def rest(self, sequence: OpenSequence) -> None:
        """Take one back that goes on."""
        self._resting.append(sequence)

    def forget(self, sequence: OpenSequence) -> None:
        """Let one be over: its id may be used again."""
        self._ids.discard(sequence.id)

    def _begin(self) -> OpenSequence:
        stream = int(self._random.integers(len(self._step_counts)))
        steps = self._step_counts[stream]
        sequence = OpenSequence(self._new_id(), stream=stream, step_count=steps, length=self._length(steps))
        self._ids.add(sequence.id)
        return sequence

    def _new_id(self) -> int:
        """Return the next id, going round, that none has which is open; there is one, as `require_ids` says."""
        while True:
            sequence_id = self._options.first_id + self._begun % self._options.id_count
            self._begun += 1
            if sequence_id not in self._ids:
                return sequence_id

    def _length(self, step_count: int) -> int:
        options = self._options
        if options.length is None and self._has_own_length:
            return step_count
        length = options.usual_length
        return max(1, length + int(self._random.uniform(-1, 1) * options.length_variation * length))
