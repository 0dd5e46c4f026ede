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


def streams_of(model: Model, inputs: Inputs) -> Sequence[Sequence[Sample]]:
    """Return the streams of inferences in the files: those of steps alone make up one, those of streams have theirs.

    Raises ConfigError for what cannot be used.
    """
    directories = [path for path in inputs.files if Path(path).is_dir()]
    if directories and len(inputs.files) > 1:
        raise ConfigError(f"--input-data {directories[0]}: a directory cannot be joined with other input data")
    shapes = input_shapes(model, inputs)
    files = [_read(model, shapes, path, inputs) for path in inputs.files]
    for path, file in zip(inputs.files, files, strict=True):
        if file.is_nested != files[0].is_nested:
            one, other = ("streams", "steps") if file.is_nested else ("steps", "streams")
            raise ConfigError(f"--input-data {path}: it holds a list of {one}, and {inputs.files[0]} one of {other}")
    if files[0].is_nested:
        return [stream for file in files for stream in file.streams]
    return [[sample for file in files for sample in file.streams[0]]]


def _read(model: Model, shapes: Shapes, path: str, inputs: Inputs) -> Streams:
    if Path(path).is_dir():
        return read_directory(model, shapes, path)
    if Path(path).suffix in (".npy", ".npz"):
        return read_numpy(model, path)
    return read_json(model, shapes, path, has_timestamps=inputs.has_timestamps)
