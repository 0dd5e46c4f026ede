"""Input data in files: what kind of file each is, and how several make one (behaviour section 8.4)."""

from collections.abc import Sequence
from pathlib import Path

from loadgen.errors import ConfigError
from loadgen.load.directory import read_directory
from loadgen.load.input_data import Inputs
from loadgen.load.json_file import read_json
from loadgen.load.model import Model
from loadgen.load.numpy_file import read_numpy
from loadgen.load.sample import Sample, Streams
from loadgen.load.shapes import Shapes, input_shapes


def samples_of(model: Model, inputs: Inputs) -> Sequence[Sample]:
    """Return the inferences in the files, in order.

    Files with one stream follow each other. Of files with several streams the first stream is used, as in
    perf_analyzer, where the others are for sequences of requests. Raises ConfigError for what cannot be used.
    """
    directories = [path for path in inputs.files if Path(path).is_dir()]
    if directories and len(inputs.files) > 1:
        raise ConfigError(f"--input-data {directories[0]}: a directory cannot be joined with other input data")
    shapes = input_shapes(model, inputs)
    files = [_read(model, shapes, path) for path in inputs.files]
    for path, file in zip(inputs.files, files, strict=True):
        if file.is_nested != files[0].is_nested:
            one, other = ("streams", "steps") if file.is_nested else ("steps", "streams")
            raise ConfigError(f"--input-data {path}: it holds a list of {one}, and {inputs.files[0]} one of {other}")
    if files[0].is_nested:
        return files[0].streams[0]
    return [sample for file in files for sample in file.streams[0]]


def _read(model: Model, shapes: Shapes, path: str) -> Streams:
    if Path(path).is_dir():
        return read_directory(model, shapes, path)
    if Path(path).suffix in (".npy", ".npz"):
        return read_numpy(model, path)
    return read_json(model, shapes, path)
