"""The input data of a load, step by step: what each request carries, and what is expected in return."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import gcd
from pathlib import Path

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

    `stream_sizes` is how many inferences each stream of the files holds; nothing without files, or of a directory.
    """

    steps: Sequence[Step]
    stream_sizes: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class StreamSteps:
    """The steps of each stream, one of which a sequence of requests carries; `stream_sizes` as in `InputSteps`.

    With `has_own_length` a stream says by itself how long a sequence is.
    """

    streams: Sequence[Sequence[Step]]
    stream_sizes: tuple[int, ...] = ()
    has_own_length: bool = False


def input_steps(model: Model, inputs: Inputs) -> InputSteps:
    """Return what is sent. Of several streams it is the first, for the others are for sequences of requests.

    Raises ConfigError for an option or a file that does not fit the model, with the place in the file.
    """
    streams, sizes = _streams(model, inputs)
    if streams is None:
        return InputSteps([Step(generated_inputs(model, inputs))])
    return InputSteps(_steps(model, streams[0], inputs.batch_size), sizes)


def stream_steps(model: Model, inputs: Inputs) -> StreamSteps:
    """Return what sequences of requests carry. Raises ConfigError as `input_steps` does, and for more than one of each.

    A server batches the requests of several sequences; one request cannot hold several of its own.
    """
    if inputs.batch_size > 1:
        raise ConfigError(f'-b {inputs.batch_size}: a request to "{model.name}", a sequence model, is of batch size 1')
    if inputs.are_drawn:
        raise ConfigError(f'Inputs(arrays=...): "{model.name}" is a sequence model, which needs a list of arrays')
    streams, sizes = _streams(model, inputs)
    if streams is None:
        return StreamSteps([[Step(generated_inputs(model, inputs))]])
    has_own_length = bool(sizes) or inputs.arrays is not None
    return StreamSteps([_steps(model, stream, 1) for stream in streams], sizes, has_own_length)


def _streams(model: Model, inputs: Inputs) -> tuple[Sequence[Sequence[Sample]] | None, tuple[int, ...]]:
    """Return the streams that are given, None if the inputs are to be made up; and the sizes of those of files."""
    if inputs.arrays is not None:
        from loadgen.load.own_arrays import own_samples  # noqa: PLC0415 - most runs need not pay for it

        return [list(own_samples(model, inputs))], ()
    if not inputs.files:
        return None, ()
    from loadgen.load.input_files import streams_of  # noqa: PLC0415 - takes 15 ms, which most runs can save

    streams = streams_of(model, inputs)
    return streams, () if Path(inputs.files[0]).is_dir() else tuple(map(len, streams))


def drawn_steps(model: Model, inputs: Inputs) -> Iterator[Step]:
    """Yield the steps of a load whose arrays come one by one; what is left at the end and fills no batch is not sent.

    Raises ConfigError for arrays that do not fit the model, with their number, when it is their turn.
    """
    from loadgen.load.own_arrays import own_samples  # noqa: PLC0415 - as above

    samples = own_samples(model, inputs)
    while len(batch := list(islice(samples, inputs.batch_size))) == inputs.batch_size:
        if batch[0].expected:
            raise ConfigError(f"{batch[0].where}: outputs to compare with have to be known ahead: give a list")
        yield _batch(batch) if model.max_batch_size else _alone(batch[0])


def _steps(model: Model, samples: Sequence[Sample], batch_size: int) -> list[Step]:
    return _batches(samples, batch_size) if model.max_batch_size else [_alone(sample) for sample in samples]


def _alone(sample: Sample) -> Step:
    return Step(sample.inputs, sample.expected)


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
