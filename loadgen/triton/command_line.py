"""The command lines of a server as asked for: of the embedded tritonserver, and of NVIDIA's container. Pure."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loadgen.errors import ConfigError
from loadgen.triton.ports import HOST, Ports
from loadgen.triton.wheel import Wheel

_IMAGE = "nvcr.io/nvidia/tritonserver:24.10-py3"
_PORTS_IN_CONTAINER = Ports(grpc=8001, http=8000, metrics=8002)

_RESERVED = (
    "--model-repository",
    "--backend-directory",
    "--grpc-port",
    "--http-port",
    "--metrics-port",
    "--allow-grpc",
    "--allow-http",
    "--allow-metrics",
)
"""options of tritonserver that have a name of ours, or would contradict what a TritonServer promises"""


@dataclass(frozen=True)
class ServerOptions:
    """What to serve and how. Raises ConfigError for a value that cannot be used."""

    model_repository: Path
    ports: Ports
    explicit: bool
    response_cache_mib: int
    extra_args: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.model_repository.is_dir():
            raise ConfigError(f"model repository {self.model_repository}: there is no such folder")
        if self.response_cache_mib < 0:
            raise ConfigError(f"--response-cache-mib {self.response_cache_mib}: must be at least 0 (no cache)")
        for argument in self.extra_args:
            if argument.partition("=")[0] in _RESERVED:
                raise ConfigError(f"{argument}: loadgen sets this option of tritonserver itself")

    @property
    def is_verbose(self) -> bool:
        """Whether the user wants to read the server's log as it is written."""
        return any(argument.startswith("--log-verbose") for argument in self.extra_args)


def embedded(options: ServerOptions, ports: Ports, wheel: Wheel, workspace: Path) -> list[str]:
    """Return the command line of the wheel's server on `ports`, with the backends that lie in `workspace`."""
    return [
        str(wheel.server),
        f"--model-repository={options.model_repository.resolve()}",
        f"--backend-directory={workspace / 'backends'}",
        # The keeper clears away shared memory by this prefix.
        f"--backend-config=python,shm-region-prefix-name={workspace.name}-",
        f"--cache-directory={wheel.caches}",
        f"--grpc-address={HOST}",
        f"--http-address={HOST}",
        *(f"{option}={port}" for option, port in ports.by_option()),
        *_modes(options),
    ]


def in_container(options: ServerOptions) -> str:
    """Return a command line for a shell that serves the same with NVIDIA's container."""
    published = zip(options.ports.by_option(), _PORTS_IN_CONTAINER.by_option(), strict=True)
    return " ".join(
        [
            "docker run --rm",
            *(f"-p {HOST}:{ours}:{theirs}" for (_, ours), (_, theirs) in published),
            f"-v {options.model_repository.resolve()}:/models {_IMAGE} tritonserver --model-repository=/models",
            *_modes(options),
        ]
    )


def environment(wheel: Wheel, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return `inherited` with what the wheel needs: its libraries, and this Python for the packages of the stub."""

    def search_path(variable: str, *first: Path) -> str:
        rest = inherited.get(variable)
        return os.pathsep.join([*map(str, first), *([rest] if rest else [])])

    return {
        **inherited,
        "LD_LIBRARY_PATH": search_path("LD_LIBRARY_PATH", *wheel.library_path),
        "PATH": search_path("PATH", Path(sys.executable).parent),
    }


def _modes(options: ServerOptions) -> list[str]:
    return [
        *(["--model-control-mode=explicit"] if options.explicit else []),
        *([f"--cache-config=local,size={options.response_cache_mib * 2**20}"] if options.response_cache_mib else []),
        *options.extra_args,
    ]
