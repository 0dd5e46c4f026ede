"""Input data from the caller's own code: arrays by name for each inference, known ahead or asked for one by one."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.arrays import as_datatype, sample_of
from loadgen.load.input_data import Inputs
from loadgen.load.model import Model
from loadgen.load.sample import Sample, located, require_inputs, spec_named
from loadgen.load.shapes import commas, fits, require_batch
from loadgen.load.tensors import TensorSpec


def own_samples(model: Model, inputs: Inputs) -> Iterator[Sample]:
    """Yield an inference for each mapping of `inputs.arrays`, checked when it is its turn.

    Raises ConfigError, with its number, for one that does not fit the model, and for a batch that does not.
    """
    require_batch(model, inputs.batch_size)
    arrays = inputs.arrays
    assert arrays is not None
    source = iter(arrays, None) if callable(arrays) else arrays
    for number, one in enumerate(source):
        yield _sample(model, f"arrays, step {number}", one)


def _sample(model: Model, where: str, arrays: Mapping[str, Any]) -> Sample:
    with located(where):
        if not isinstance(arrays, Mapping):
            raise ConfigError(f"give a mapping of arrays by the names of inputs, not {type(arrays).__name__}")
        specs = {name: spec_named(name, model.inputs + model.outputs, kind="input or output") for name in arrays}
        checked = {name: _checked(specs[name], np.asarray(array)) for name, array in arrays.items()}
        require_inputs(model, checked)
    return sample_of(model, where, checked)


def _checked(spec: TensorSpec, array: NDArray[Any]) -> NDArray[Any]:
    if not fits(array.shape, spec.shape):
        right = f"[{commas(spec.shape)}] for each inference, without the batch dimension"
        raise ConfigError(f'"{spec.name}" has shape [{commas(array.shape)}], and the model takes {right}')
    return as_datatype(spec, array)
