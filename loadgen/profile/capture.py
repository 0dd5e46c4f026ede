"""What was sent and what came back, kept for `--profile-export-file`. A run without a capture pays nothing for it."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from time import perf_counter_ns, time_ns
from typing import Any

from loadgen.engine.client import Client
from loadgen.load.model import Model
from loadgen.load.steps import Step
from loadgen.load.tensors import Arrays, TensorSpec
from loadgen.measure.results import LevelResult
from loadgen.profile.sent import Sent
from loadgen.report.profile_export import Answered, Experiment, Values, json_of, tensor_value
from loadgen.triton.stream_reply import read_stream_reply
from loadgen.wire.exchange import Exchange, Failure
from loadgen.wire.streaming import StreamCall


@dataclass(frozen=True, eq=False)
class _Source:
    """A model by its name, and how its exchanges are read."""

    name: str
    outputs: tuple[TensorSpec, ...]
    inputs_of: Callable[[Step], str]
    outputs_of: Callable[[Exchange], Sequence[Arrays]]

    def output_values(self, exchange: Exchange) -> list[Values]:
        """Return the outputs of each response."""
        return [self._values(arrays) for arrays in self.outputs_of(exchange)]

    def _values(self, arrays: Arrays) -> Values:
        return {
            spec.name: tensor_value(spec.datatype, arrays[spec.name]) for spec in self.outputs if spec.name in arrays
        }


class Capture:
    """Keeps every good exchange of a load, from the callback that judges it.

    Everything is read after the run: while it lasts, an exchange costs a reading of the clock and its memory.
    """

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._sent: list[Sent] = []
        self._seen_ns: list[int] = []
        self._sources: list[_Source] = []
        self._names: set[str] = set()
        self._unix_ns = time_ns() - perf_counter_ns()
        """what is to be added to an instant of the run's clock"""

    def watch(
        self,
        client: Client,
        model: Model,
        *,
        name: str,
        outputs_of: Callable[[Exchange], Sequence[Arrays]],
        sent_as: Callable[[Any], Sent],
    ) -> Client:
        """Return a client that does the same, and whose good exchanges are kept; several models have one each.

        `name` is told where there are several. `outputs_of` reads the outputs of each response of an exchange,
        `sent_as` tells what a request stands for. Of a batch the first element alone is exported (behaviour section 7).
        """
        source = _Source(
            name, model.outputs, cache(lambda step: json_of(_input_values(model, step.inputs))), outputs_of
        )
        self._names.add(name)
        failure_of = client.failure_of

        def watched(exchange: Exchange) -> Failure | None:
            failure = failure_of(exchange)
            if failure is None:
                self._exchanges.append(exchange)
                self._sent.append(sent_as(exchange.request))
                self._sources.append(source)
                self._seen_ns.append(perf_counter_ns())
            return failure

        return replace(client, failure_of=watched)

    def experiments(self, levels: Sequence[LevelResult]) -> list[Experiment]:
        """Return what is to be exported of these levels: the requests that ended in one of their windows.

        Raises InferenceError when a reply cannot be read.
        """
        return [self._experiment(level) for level in levels if level.windows]

    def _experiment(self, level: LevelResult) -> Experiment:
        boundaries_ns = _boundaries_ns(level)
        first = bisect_left(self._seen_ns, boundaries_ns[0])
        last = first + sum(trial.request_count for trial in level.trials)
        requests = [self._answered(index) for index in range(first, last)]
        return Experiment(level.load, requests, [self._unix_ns + ns for ns in boundaries_ns])

    def _answered(self, index: int) -> Answered:
        exchange, sent, seen_ns = self._exchanges[index], self._sent[index], self._seen_ns[index]
        source = self._sources[index]
        outputs = source.output_values(exchange)
        response_ns = [seen_ns]
        if isinstance(exchange, StreamCall):
            response_ns = list(exchange.response_ns)
            if _had_empty_end(exchange):
                response_ns.append(seen_ns)
                outputs.append({spec.name: "" for spec in source.outputs})
        return Answered(
            self._unix_ns + exchange.sent_ns,
            source.inputs_of(sent.step),
            [self._unix_ns + ns for ns in response_ns],
            outputs,
            sent.sequence_id,
            source.name if len(self._names) > 1 else None,
        )


def _had_empty_end(call: StreamCall) -> bool:
    """Whether there was a last response that was empty, and only there to say that it was the last."""
    return not (call.responses and read_stream_reply(call.responses[-1]).is_final)


def _input_values(model: Model, arrays: Arrays) -> Values:
    """Return the inputs of a request; an optional one may be missing."""
    sent = {spec: arrays[spec.name] for spec in model.inputs if spec.name in arrays}
    return {
        spec.name: tensor_value(spec.datatype, array[:1] if model.max_batch_size else array)
        for spec, array in sent.items()
    }


def _boundaries_ns(level: LevelResult) -> list[int]:
    """Return where the windows of a level begin and end: each begins where the one before it ended."""
    durations_ns = [trial.duration_ns for trial in level.trials]
    begin_ns = level.windows[-1].end_ns - sum(durations_ns)
    return list(accumulate(durations_ns, initial=begin_ns))
