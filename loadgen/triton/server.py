"""The embedded real Triton: started on a model repository, ready when entered, gone when left."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns, rmtree
from types import TracebackType
from typing import IO, Any, Self

from loadgen.errors import ConfigError, ServerError
from loadgen.triton.ports import HOST, Ports, reserve
from loadgen.triton.server_log import is_port_taken, reason_of_failure
from loadgen.triton.wheel import Wheel, locate_wheel

_BACKENDS = Path(__file__).parent / "backends"
_KEEPER = Path(__file__).parent / "keeper.py"
_POLL_S = 0.02
_ATTEMPTS = 5

# Options of tritonserver that would contradict what this class promises, or that have a name of ours.
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


@dataclass
class TritonServer:
    """A real Triton on 127.0.0.1, running while the `with` block is entered.

    A port of 0 is any free one. `explicit` starts without models: they are loaded and unloaded by the model repository
    API. `response_cache_mib` sizes the response cache, which works for models whose config enables it; 0 is no cache.
    `extra_args` are handed to tritonserver as they are; with `--log-verbose=N` among them its log goes to our standard
    error.

    Entering raises ConfigError for a value that cannot be used (a port in use, a missing folder), and ServerError where
    the server cannot run here or a model does not load, with the server's own reason. Leaving lets requests in flight
    end (30 s at most); no process, shared memory or file stays behind, also when this process is killed.
    """

    model_repository: str | os.PathLike[str]
    grpc_port: int = 0
    http_port: int = 0
    metrics_port: int = 0
    explicit: bool = False
    response_cache_mib: int = 0
    extra_args: Sequence[str] = ()
    pid: int = field(init=False, default=0)
    """the process id of tritonserver"""
    _ports: Ports = field(init=False, repr=False, default_factory=Ports)
    _keeper: subprocess.Popen[bytes] | None = field(init=False, repr=False, default=None)
    _log: IO[bytes] | None = field(init=False, repr=False, default=None)

    def __enter__(self) -> Self:
        wanted = self._checked_ports()
        wheel = self._locate_wheel()
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                self._ports = reserve(wanted)
                self._launch(wheel)
                if self._becomes_ready():
                    break
                # A free port may be taken between our choice and the server's: then others are chosen.
                if attempt == _ATTEMPTS or not (wanted.has_wildcard and is_port_taken(self._log_text())):
                    raise ServerError(self._account_of_end())
                self._stop()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def grpc_url(self) -> str:
        """`host:port` of the gRPC endpoint."""
        return f"{HOST}:{self._ports.grpc}"

    @property
    def http_url(self) -> str:
        """`host:port` of the HTTP endpoint."""
        return f"{HOST}:{self._ports.http}"

    @property
    def metrics_url(self) -> str:
        """`host:port` of the Prometheus endpoint, whose path is /metrics."""
        return f"{HOST}:{self._ports.metrics}"

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models that are ready now, sorted. Raises ServerError when the server does not answer."""
        try:
            index = json.loads(_request(self.http_url, "POST", "/v2/repository/index", b'{"ready": true}'))
        except (OSError, HTTPException) as error:
            raise ServerError(f"Triton at {self.http_url} does not answer: {error}") from error
        return tuple(sorted({model["name"] for model in index}))

    def wait(self) -> None:
        """Return when the server has ended by itself; raise ServerError if that was a failure."""
        assert self._keeper is not None, "the server is not running"
        if self._keeper.wait() != 0:
            raise ServerError(self._account_of_end())

    def _checked_ports(self) -> Ports:
        if not Path(self.model_repository).is_dir():
            raise ConfigError(f"model repository {os.fspath(self.model_repository)}: there is no such folder")
        if self.response_cache_mib < 0:
            raise ConfigError(f"--response-cache-mib {self.response_cache_mib}: a size is not negative (0 is no cache)")
        for argument in self.extra_args:
            if argument.partition("=")[0] in _RESERVED:
                raise ConfigError(f"{argument}: loadgen sets this option of tritonserver itself")
        return Ports(self.grpc_port, self.http_port, self.metrics_port)

    def _locate_wheel(self) -> Wheel:
        try:
            return locate_wheel()
        except ServerError as error:
            raise ServerError(f"{error}; or run NVIDIA's container: {self._container_command()}") from error

    def _container_command(self) -> str:
        inside = {"--grpc-port": 8001, "--http-port": 8000, "--metrics-port": 8002}
        wanted = Ports(self.grpc_port, self.http_port, self.metrics_port)
        published = " ".join(f"-p {HOST}:{port}:{inside[option]}" for option, port in wanted.by_option())
        options = " ".join(["--model-repository=/models", *self._mode_options()])
        return (
            f"docker run --rm {published} -v {Path(self.model_repository).resolve()}:/models "
            f"nvcr.io/nvidia/tritonserver:24.10-py3 tritonserver {options}"
        )

    def _mode_options(self) -> list[str]:
        options = ["--model-control-mode=explicit"] if self.explicit else []
        if self.response_cache_mib:
            options.append(f"--cache-config=local,size={self.response_cache_mib * 2**20}")
        return [*options, *self.extra_args]

    def _launch(self, wheel: Wheel) -> None:
        workspace = Path(tempfile.mkdtemp(prefix="loadgen-triton-"))
        try:
            _lay_out_backends(wheel, workspace)
            # Without a name, so that it cannot stay behind.
            self._log = None if _is_verbose(self.extra_args) else tempfile.TemporaryFile()  # noqa: SIM115 - see _stop
            self._keeper = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-IS", str(_KEEPER), str(workspace), *self._command(wheel, workspace)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=_environment(wheel),
                # The stub imports our backend under the bare name `model`, and looks for it in the working directory
                # before any installed package that may have a `model` too.
                cwd=workspace / "backends" / "onnxruntime",
                start_new_session=True,
            )
        except BaseException:
            rmtree(workspace)
            raise
        assert self._keeper.stdout is not None
        self.pid = int(self._keeper.stdout.readline() or 0)

    def _command(self, wheel: Wheel, workspace: Path) -> list[str]:
        return [
            str(wheel.server),
            f"--model-repository={Path(self.model_repository).resolve()}",
            f"--backend-directory={workspace / 'backends'}",
            f"--backend-config=python,shm-region-prefix-name={workspace.name}-",
            f"--cache-directory={wheel.caches}",
            f"--grpc-address={HOST}",
            f"--http-address={HOST}",
            *(f"{option}={port}" for option, port in self._ports.by_option()),
            *self._mode_options(),
        ]

    def _becomes_ready(self) -> bool:
        """Wait for the server, as long as its models take to load; False when it has ended instead."""
        assert self._keeper is not None
        while self._keeper.poll() is None:
            if _answers(self.http_url, "/v2/health/live") and _answers(self.metrics_url, "/metrics"):
                return True
            time.sleep(_POLL_S)
        return False

    def _account_of_end(self) -> str:
        assert self._keeper is not None
        log = "its log above says why" if self._log is None else reason_of_failure(self._log_text())
        return f"Triton ended with {_exit_in_words(self._keeper.returncode)}: {log}"

    def _log_text(self) -> str:
        if self._log is None:
            return ""
        # The server writes through the same open file, whose position must not move: hence pread.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def _stop(self) -> None:
        """End the server and wait until nothing of it is left. May be called in every state."""
        keeper, self._keeper, self.pid = self._keeper, None, 0
        if keeper is not None:
            keeper.communicate(b"stop")
        if self._log is not None:
            self._log.close()
            self._log = None


def _lay_out_backends(wheel: Wheel, workspace: Path) -> None:
    """Fill `workspace`/backends: the Python backend with the stub of this Python beside it, and ours.

    Copies (3 MB), for Triton refuses a backend whose library is a symbolic link to elsewhere.
    """
    without_caches = ignore_patterns("__pycache__")
    copytree(_BACKENDS, workspace / "backends", ignore=without_caches)
    copytree(wheel.python_backend, workspace / "backends" / "python", ignore=without_caches)
    copy2(wheel.stub, workspace / "backends" / "python")


def _environment(wheel: Wheel) -> dict[str, str]:
    """Ours, and what the wheel needs: its libraries, and the Python that its stub takes its packages from."""
    return {
        **os.environ,
        "LD_LIBRARY_PATH": _search_path("LD_LIBRARY_PATH", *wheel.library_path),
        "PATH": _search_path("PATH", Path(sys.executable).parent),
    }


def _search_path(variable: str, *first: Path) -> str:
    inherited = os.environ.get(variable)
    return os.pathsep.join([*map(str, first), *([inherited] if inherited else [])])


def _is_verbose(arguments: Sequence[str]) -> bool:
    return any(argument.startswith("--log-verbose") for argument in arguments)


def _exit_in_words(code: int) -> str:
    return f"signal {code - 128}" if code > 128 else f"exit code {code}"


def _answers(url: str, path: str) -> bool:
    try:
        _request(url, "GET", path)
    except (OSError, HTTPException):
        return False
    return True


def _request(url: str, method: str, path: str, body: bytes | None = None) -> Any:  # noqa: ANN401 - the API's own JSON
    connection = HTTPConnection(url, timeout=5)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise HTTPException(f"{path}: HTTP status {response.status}")
        return content
    finally:
        connection.close()
