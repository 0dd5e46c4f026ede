"""One inference of the input data, and how its place in a file is named."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from loadgen.errors import ConfigError
from loadgen.load.model import Model
from loadgen.load.tensors import Arrays, TensorSpec


@dataclass(frozen=True, eq=False)
class Sample:
    """The arrays of one inference, without the batch dimension: inputs, and the outputs that are expected of it.

    `where` is its place in words: `--input-data a.json, stream 0, step 2`.
    """

    where: str
    inputs: Arrays
    expected: Arrays


@dataclass(frozen=True, eq=False)
class Streams:
    """What a file holds: one stream of samples or, where it is nested, any number of them."""

    streams: Sequence[Sequence[Sample]]
    is_nested: bool = False


@contextmanager
def located(where: str) -> Iterator[None]:
    """Put the place in front of what is said to be wrong there."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def place(path: str, *, stream: int = 0, step: int) -> str:
    """Return how a step of a file is named in a sentence."""
    return f"--input-data {path}, stream {stream}, step {step}"


def spec_named(name: str, specs: Sequence[TensorSpec], *, kind: str) -> TensorSpec:
    """Return the one of `specs` that has this name; raise ConfigError if there is none."""
    for spec in specs:
        if spec.name == name:
            return spec
    raise ConfigError(f'the model has no {kind} "{name}"; it has {", ".join(spec.name for spec in specs)}')


def require_inputs(model: Model, names: Collection[str]) -> None:
    """Raise ConfigError unless every input is among `names` that is not optional."""
    for spec in model.inputs:
        if not spec.optional and spec.name not in names:
            raise ConfigError(f'input "{spec.name}" is missing')
