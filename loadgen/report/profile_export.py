"""The file of `--profile-export-file`: every request with its responses, as genai-perf reads it (behaviour section 7).

It differs in two things. It is valid JSON always: a number that JSON does not have is null, where perf_analyzer leaves
an empty file. And of several models, which perf_analyzer does not know, each request has the name of its `model`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.load.modes import Concurrency, FixedSchedule, LoadMode, PeriodicConcurrency
from loadgen.load.raw_tensors import raw_bytes
from loadgen.version import __version__

_LENGTH_OF_A_STRING = 4

_NO_WINDOW = [0, 2**64 - 1]
"""The boundaries of a load that perf_analyzer does not measure in windows."""

Values = Mapping[str, Any]
"""The tensors of a message by name, each as `tensor_value` writes it."""


@dataclass(frozen=True)
class Answered:
    """A request that was answered: when it was sent, when each response came (in ns of Unix time), what they held.

    `inputs` are the `json_of` what it carried: the same for thousands of requests, so that it is written but once. Only
    a request of a sequence has a `sequence_id`, and of several models alone a `model`.
    """

    sent_ns: int
    inputs: str
    response_ns: Sequence[int]
    outputs: Sequence[Values]
    sequence_id: int | None = None
    model: str | None = None


@dataclass(frozen=True)
class Experiment:
    """A level: all requests that ended in its windows, and where those begin and end, in ns of Unix time."""

    load: LoadMode
    requests: Sequence[Answered]
    boundaries_ns: Sequence[int]


def export_text(experiments: Sequence[Experiment]) -> str:
    """Return the file, on a single line without an end."""
    exported = ",".join(map(_experiment, experiments))
    return f'{{"experiments":[{exported}],"version":{json_of(__version__)},"service_kind":"triton","endpoint":""}}'


def json_of(value: Any) -> str:  # noqa: ANN401 - of any JSON type
    """Return compact JSON. Raises ValueError for a number that JSON does not have."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def tensor_value(datatype: str, array: NDArray[Any]) -> Any:  # noqa: ANN401 - of any JSON type
    """Return a tensor as it is exported: its elements in a flat list, or the only element by itself.

    Strings are one string, in which each but the first has its length before it (sic). Half precision is null, an
    empty tensor an empty string, and so is what is not finite null.
    """
    if not array.size:
        return ""
    if datatype == "BYTES":
        return raw_bytes(datatype, array)[_LENGTH_OF_A_STRING:].decode(errors="replace")
    if datatype in ("FP16", "BF16"):
        return None
    values = array.ravel().tolist()
    if array.dtype.kind == "f":
        values = [value if finite else None for value, finite in zip(values, np.isfinite(array.flat), strict=True)]
    return values if len(values) > 1 else values[0]


def _experiment(experiment: Experiment) -> str:
    mode, boundaries_ns = json_of(_mode(experiment.load)), list(experiment.boundaries_ns)
    if isinstance(experiment.load, PeriodicConcurrency):
        boundaries_ns = _NO_WINDOW
    requests = ",".join(map(_request, experiment.requests))
    return f'{{"experiment":{mode},"requests":[{requests}],"window_boundaries":{json_of(boundaries_ns)}}}'


def _mode(load: LoadMode) -> Mapping[str, Any]:
    """Return the load in one of the two words that perf_analyzer has."""
    if isinstance(load, PeriodicConcurrency):
        return {"mode": "concurrency", "value": 1}  # sic
    if isinstance(load, FixedSchedule):
        return {"mode": "request_rate", "value": 0.0}  # sic
    return {"mode": "concurrency" if isinstance(load, Concurrency) else "request_rate", "value": load.value}


def _request(request: Answered) -> str:
    timestamps, outputs = json_of(list(request.response_ns)), json_of(list(request.outputs))
    sequence = "" if request.sequence_id is None else f'"sequence_id":{request.sequence_id},'
    model = "" if request.model is None else f'"model":{json_of(request.model)},'
    return (
        f'{{"timestamp":{request.sent_ns},{sequence}{model}"request_inputs":{request.inputs},'
        f'"response_timestamps":{timestamps},"response_outputs":{outputs}}}'
    )
