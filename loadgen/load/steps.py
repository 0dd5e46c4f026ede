"""The input data of a load, step by step: what each request carries, and what is expected in return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd

import numpy as np

from loadgen.errors import ConfigError
from loadgen.load.generated import generated_inputs
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.sample import Sample
from loadgen.load.shapes import Shape
from loadgen.load.tensors import Arrays


@dataclass(frozen=True, eq=False)
class Step:
    """What a request carries: arrays as they travel, with the batch dimension where the model has one.

    `expected` are the outputs that the reply has to have, as far as the input data tells; only their values count.
    """

    inputs: Arrays
    expected: Arrays = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class InputSteps:
    """The steps of a load in the order in which they are sent, over and over again.

    `stream_sizes` is how many inferences each stream of the files holds; nothing if there is no file.
    """

    steps: Sequence[Step]
    stream_sizes: tuple[int, ...] = ()


def input_steps(model: Model, inputs: Inputs) -> InputSteps:
    """Return what is sent. Of several streams it is the first, for the others are for sequences of requests.

    Raises ConfigError for an option or a file that does not fit the model, with the place in the file.
    """
    if not inputs.files:
        return InputSteps([Step(generated_inputs(model, inputs))])
    from loadgen.load.input_files import streams_of  # noqa: PLC0415 - takes 15 ms, which most runs can save

    streams = streams_of(model, inputs)
    return InputSteps(_steps(model, streams[0], inputs.batch_size), tuple(map(len, streams)))


def _steps(model: Model, samples: Sequence[Sample], batch_size: int) -> list[Step]:
    if not model.max_batch_size:
        return [Step(sample.inputs, sample.expected) for sample in samples]
    return _batches(samples, batch_size)


def _batches(samples: Sequence[Sample], size: int) -> list[Step]:
    """Put samples into batches, going round: request i of n steps carries i*size to i*size+size-1, modulo n."""
    total = len(samples)
    count = total // gcd(total, size)  # from there on it is the same again
    return [_batch([samples[(start + i) % total] for i in range(size)]) for start in range(0, count * size, size)]


def _batch(samples: Sequence[Sample]) -> Step:
    first = samples[0]
    for other in samples:
        if _shapes(other.inputs) != _shapes(first.inputs) or _shapes(other.expected) != _shapes(first.expected):
            raise ConfigError(
                f"{other.where}: its tensors or their shapes are not those of {first.where}, "
                f"and -b {len(samples)} puts both into one request"
            )
    return Step(_stacked([sample.inputs for sample in samples]), _stacked([sample.expected for sample in samples]))


def _shapes(arrays: Arrays) -> Mapping[str, Shape]:
    return {name: array.shape for name, array in arrays.items()}


def _stacked(parts: Sequence[Arrays]) -> Arrays:
    return {name: np.stack([part[name] for part in parts]) for name in parts[0]}
