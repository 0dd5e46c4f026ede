"""What the requests of a load carry."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from loadgen.errors import ConfigError

if TYPE_CHECKING:  # `import loadgen` should not take the time that numpy takes
    from loadgen.load.tensors import Arrays

Parameters = tuple[tuple[str, str | int | bool], ...]
"""Custom parameters of a request by name; the last of a name counts."""

Request_co = TypeVar("Request_co", covariant=True)


class Form(Protocol[Request_co]):
    """Some inputs, encoded: makes a request of them, with the parameters of that request alone."""

    def __call__(self, own: Parameters, /) -> Request_co: ...  # noqa: D102 - see above


_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Inputs:
    """Where the input tensors come from, and what goes with them: the same for every request of a load.

    Without `files` and `arrays` they are made up as `generate` says: seeded random numbers, or zeros; strings have
    `string_length` random characters each, or are all `string_data`, whatever `generate` says (behaviour section 8.2).
    `files` are JSON, .npy or .npz files, or one directory (sections 8.3 and 8.4); the steps of a JSON file may be such
    as have a `timestamp`, which is not sent (`has_timestamps`, section 2.6). `shapes` gives dynamic inputs their
    shape, without the batch dimension; a request carries `batch_size` inferences, and the custom `parameters`.

    `arrays` are your own: for each inference numpy arrays by the names of inputs, without the batch dimension. A list
    of them is encoded before the load begins and sent over and over again; among them may be outputs, which the replies
    have to equal. Any other iterable, or a callable, is asked for the next ones when a request is about to be sent: the
    time it takes is the client's, and counts. The load ends with it, or when the callable returns None.

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
    has_timestamps: bool = False
    arrays: "Iterable[Arrays] | Callable[[], Arrays | None] | None" = field(default=None, compare=False)

    def __post_init__(self) -> None:
        self._check_source()
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

    @property
    def are_drawn(self) -> bool:
        """Whether the arrays come one by one while the load runs, and may come to an end."""
        return self.arrays is not None and not isinstance(self.arrays, Sequence)

    def _check_source(self) -> None:
        if self.generate not in ("random", "zero"):
            raise ConfigError(f"--input-data {self.generate}: give random, zero, a file or a directory")
        if self.generate == "zero" and self.files:
            raise ConfigError(f"--input-data {self.files[0]}: the input data is either zero or from files")
        if self.arrays is not None:
            self._check_arrays()

    def _check_arrays(self) -> None:
        if self.files or self.shapes or self.generate == "zero":
            raise ConfigError("Inputs(arrays=...): arrays are not made up, read from files or given a shape as well")
        if isinstance(self.arrays, Mapping):
            raise ConfigError("Inputs(arrays=...): give a list of mappings, even if it is only one")
        if isinstance(self.arrays, Sequence) and not self.arrays:
            raise ConfigError("Inputs(arrays=[]): give at least one mapping of arrays")
