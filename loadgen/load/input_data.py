"""What the requests of a load carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loadgen.errors import ConfigError

Parameters = tuple[tuple[str, str | int | bool], ...]
"""Custom parameters of a request by name; the last of a name counts."""

_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Inputs:
    """Where the input tensors come from, and what goes with them: the same for every request of a load.

    Without `files` they are made up as `generate` says: seeded random numbers, or zeros; strings have `string_length`
    random characters each, or are all `string_data`, whatever `generate` says (behaviour section 8.2). `files` are
    JSON, .npy or .npz files, or one directory (sections 8.3 and 8.4). `shapes` gives dynamic inputs their shape,
    without the batch dimension; a request carries `batch_size` inferences, and the custom `parameters`.

    Raises ConfigError for values that cannot be used, whatever the model.
    """

    generate: Literal["random", "zero"] = "random"
    files: tuple[str, ...] = ()
    batch_size: int = 1
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    string_length: int = 128
    string_data: str | None = None
    seed: int = 0
    parameters: Parameters = ()

    def __post_init__(self) -> None:
        if self.generate not in ("random", "zero"):
            raise ConfigError(f"--input-data {self.generate}: give random, zero, a file or a directory")
        if self.generate == "zero" and self.files:
            raise ConfigError(f"--input-data {self.files[0]}: the input data is either zero or from files")
        if self.batch_size < 1:
            raise ConfigError(f"-b {self.batch_size}: at least 1")
        if self.string_length < 1:
            raise ConfigError(f"--string-length {self.string_length}: at least 1")
        for name, shape in self.shapes.items():
            if min(shape, default=1) < 1:
                raise ConfigError(f"--shape {name}:{','.join(map(str, shape))}: every dimension is at least 1")
        for name, value in self.parameters:
            if not name:
                raise ConfigError(f"--request-parameter :{value}: a parameter needs a name")
            if isinstance(value, int) and value not in _INT64:
                raise ConfigError(f"--request-parameter {name}:{value}: an integer has 64 bits at most")
