"""How the requests of a load travel."""

from dataclasses import dataclass
from typing import Literal

from loadgen.errors import ConfigError


@dataclass(frozen=True)
class Transport:
    """What is the same for every request of a load, beside its contents.

    `client` is who speaks gRPC: loadgen itself, or the official library. With `streaming` the requests go over
    bidirectional streams (ModelStreamInfer), one for each request in flight. `compression` is that of gRPC messages. A
    request fails when it takes longer than `request_timeout_s`. `keepalive_s` is how long a gRPC connection may be
    silent before it is asked whether it is alive. `json_inputs` and `json_outputs` send tensors as JSON over HTTP, not
    as bytes. None is "no limit", or "never".

    With `shared_memory` the tensors do not travel at all: a server on the same machine takes the inputs from memory and
    writes the outputs there, each output of all requests to the same place, so that nobody can tell whose it is. An
    output of which the model does not tell the size gets `output_shared_memory_size` bytes for each inference.

    Raises ConfigError for values that do not go together.
    """

    client: Literal["loadgen", "grpcio"] = "loadgen"
    streaming: bool = False
    compression: Literal["gzip", "deflate"] | None = None
    request_timeout_s: float | None = None
    keepalive_s: float | None = None
    json_inputs: bool = False
    json_outputs: bool = False
    shared_memory: Literal["system"] | None = None
    output_shared_memory_size: int = 102400

    def __post_init__(self) -> None:
        for name, value in (("request_timeout_s", self.request_timeout_s), ("keepalive_s", self.keepalive_s)):
            if value is not None and not value > 0:
                raise ConfigError(f"{name} must be above 0 seconds, not {value}")
        if self.client == "grpcio" and self.streaming:
            raise ConfigError("--client grpcio --streaming: only loadgen's own client can stream")
        if self.shared_memory and (self.json_inputs or self.json_outputs):
            raise ConfigError("--shared-memory system: tensors in shared memory cannot be JSON")
        if self.output_shared_memory_size < 0:
            raise ConfigError(f"output_shared_memory_size must be at least 0, not {self.output_shared_memory_size}")
