"""Input data as numpy saves it: arrays with a dimension of steps in front.

An .npy file holds the only input of a model; an .npz file holds arrays by name, of inputs and, to be compared with the
replies, of outputs. An array has the datatype of its tensor; strings are numpy's S or U.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.arrays import as_datatype, sample_of
from loadgen.load.model import Model
from loadgen.load.sample import Streams, located, place, require_inputs, spec_named
from loadgen.load.shapes import commas, fits
from loadgen.load.tensors import Arrays, TensorSpec


def read_numpy(model: Model, path: str) -> Streams:
    """Return the one stream of a file. Raises ConfigError for what cannot be read or does not fit."""
    with located(f"--input-data {path}"):
        loaded = _loaded(path)
        named = loaded if isinstance(loaded, Mapping) else {_only_input(model).name: loaded}
        specs = {name: spec_named(name, model.inputs + model.outputs, kind="input or output") for name in named}
        arrays = {name: _checked(specs[name], array) for name, array in named.items()}
        require_inputs(model, arrays)
        steps = _number_of_steps(arrays)
    # An index with an ellipsis gives an array, even where it has no dimension left.
    each = ({name: array[step, ...] for name, array in arrays.items()} for step in range(steps))
    return Streams([[sample_of(model, place(path, step=step), one) for step, one in enumerate(each)]])


def _loaded(path: str) -> NDArray[Any] | Mapping[str, NDArray[Any]]:
    try:
        # Object arrays are pickles, which may do anything when they are read.
        with Path(path).open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            return loaded if isinstance(loaded, np.ndarray) else _members(loaded)
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError, BadZipFile, zlib.error) as error:
        raise ConfigError(f"numpy cannot read it: {error}") from error


def _members(archive: Mapping[str, Any]) -> Mapping[str, NDArray[Any]]:
    members = dict(archive)
    for name, member in members.items():
        if not isinstance(member, np.ndarray):
            raise ConfigError(f'its member "{name}" is no array')
    return members


def _only_input(model: Model) -> TensorSpec:
    if len(model.inputs) != 1:
        raise ConfigError(f'model "{model.name}" has {len(model.inputs)} inputs: give an .npz file, with their names')
    return model.inputs[0]


def _checked(spec: TensorSpec, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of the tensor's datatype. Raises ConfigError if the file's is another, or its shape."""
    if not fits(array.shape[1:], spec.shape) or not array.ndim:
        raise ConfigError(
            f'"{spec.name}" has shape [{commas(array.shape)}], '
            f"and the model takes [{commas(spec.shape)}] behind a dimension of steps"
        )
    return as_datatype(spec, array)


def _number_of_steps(arrays: Arrays) -> int:
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        listed = ", ".join(f'"{name}" has {length}' for name, length in lengths.items())
        raise ConfigError(f"every array has to have the same number of steps, at least one: {listed}")
    return next(iter(lengths.values()))
