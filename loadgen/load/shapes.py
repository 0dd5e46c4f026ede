"""The shapes of inputs, after `-b` and `--shape` (behaviour section 8.1)."""

from collections.abc import Mapping, Sequence

from loadgen.errors import ConfigError
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.tensors import TensorSpec

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]
"""The shape of each input, without the batch dimension; -1 marks what only the data can tell."""


def input_shapes(model: Model, inputs: Inputs) -> Shapes:
    """Return the shape of each input after `--shape`.

    Raises ConfigError, unlike perf_analyzer also for a shape that cannot be meant, and for a batch that the model
    cannot take.
    """
    require_batch(model, inputs.batch_size)
    _check_names(model, inputs.shapes)
    batched = model.max_batch_size > 0
    return {spec.name: _after_option(spec, inputs.shapes.get(spec.name), batched=batched) for spec in model.inputs}


def require_batch(model: Model, batch_size: int) -> None:
    """Raise ConfigError if the model takes no batch of this size."""
    if batch_size > 1 and model.max_batch_size == 0:
        raise ConfigError(f'-b {batch_size}: model "{model.name}" does not batch (its max_batch_size is 0)')
    if batch_size > model.max_batch_size > 0:
        raise ConfigError(f'-b {batch_size}: the max_batch_size of model "{model.name}" is {model.max_batch_size}')


def require_known(spec: TensorSpec, shape: Shape, *, or_else: str = "") -> Shape:
    """Return `shape`; raise ConfigError if it has a -1 left, with what to do about it."""
    if -1 not in shape:
        return shape
    pattern = ",".join("N" if size == -1 else str(size) for size in shape)
    a_number = "a number in place of N" if shape.count(-1) == 1 else "numbers in place of N"
    advice = f"add --shape {spec.name}:{pattern} with {a_number}{or_else}"
    raise ConfigError(f'input "{spec.name}" has shape [{commas(shape)}]: {advice}')


def output_shape(spec: TensorSpec) -> Shape | None:
    """Return the shape of an output, or None if only a reply can tell it."""
    return None if -1 in spec.shape else spec.shape


def fits(given: Sequence[int], shape: Shape) -> bool:
    """Whether `given` is `shape` with a number in place of each -1."""
    same_rank = len(given) == len(shape)
    return same_rank and all(size in (-1, number) for size, number in zip(shape, given, strict=True))


def commas(shape: Sequence[int]) -> str:
    """Return a shape as it is written on the command line: `1,28,28`."""
    return ",".join(map(str, shape))


def _check_names(model: Model, shapes: Shapes) -> None:
    names = [spec.name for spec in model.inputs]
    for name in shapes:
        if name not in names:
            raise ConfigError(f'--shape {name}: model "{model.name}" has no such input; it has {", ".join(names)}')


def _after_option(spec: TensorSpec, asked: Shape | None, *, batched: bool) -> Shape:
    if asked is None:
        return spec.shape
    if not fits(asked, spec.shape):
        shape = f"shape [{commas(spec.shape)}]" + (" besides the batch dimension" if batched else "")
        raise ConfigError(
            f'--shape {spec.name}:{commas(asked)}: input "{spec.name}" has {shape}; only a -1 can be replaced'
        )
    return asked
