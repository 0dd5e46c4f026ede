"""Input data in a directory: one step, with a file for each input, named exactly like it (behaviour section 8.3).

A file holds the raw little-endian bytes of one inference, or the strings of one, a line each. A file named like an
output holds what is expected in the reply, which perf_analyzer reads but does not compare.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loadgen.errors import ConfigError
from loadgen.load.elements import elements_from_bytes, known_dtype, shaped
from loadgen.load.model import Model
from loadgen.load.sample import Sample, Streams, located, place, require_inputs, spec_named
from loadgen.load.shapes import Shapes, output_shape, require_known
from loadgen.load.tensors import DTYPES, TensorSpec


def read_directory(model: Model, shapes: Shapes, path: str) -> Streams:
    """Return the one stream, of one step. Raises ConfigError, with the file, for what is unreadable or does not fit."""
    inputs: dict[str, NDArray[Any]] = {}
    expected: dict[str, NDArray[Any]] = {}
    for file in _files(path):
        with located(f"--input-data {file}"):
            spec = spec_named(file.name, model.inputs + model.outputs, kind="input or output")
            elements = _elements(spec, file)
            if spec in model.inputs:
                inputs[spec.name] = shaped(elements, require_known(spec, shapes[spec.name]))
            else:
                expected[spec.name] = shaped(elements, output_shape(spec))
    with located(f"--input-data {path}"):
        require_inputs(model, inputs)
    return Streams([[Sample(place(path, step=0), inputs, expected)]])


def _files(path: str) -> list[Path]:
    try:
        return sorted(Path(path).iterdir())
    except OSError as error:
        raise ConfigError(f"--input-data {path}: it cannot be read: {error.strerror}") from error


def _elements(spec: TensorSpec, file: Path) -> NDArray[Any]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}") from error
    if known_dtype(spec).kind != "O":
        return elements_from_bytes(spec, content)
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    return np.array(lines, DTYPES["BYTES"])
