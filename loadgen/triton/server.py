"""The embedded real Triton: started on a model repository, ready when entered, gone when left."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns, rmtree
from types import TracebackType
from typing import IO, Literal, Self

from loadgen.errors import ServerError
from loadgen.load.target import Target
from loadgen.triton import command_line, http_api
from loadgen.triton.command_line import ServerOptions
from loadgen.triton.ports import HOST, Ports, reserve
from loadgen.triton.server_log import is_port_taken, last_words, why_not_started
from loadgen.triton.wheel import Wheel, locate_wheel

_BACKENDS = Path(__file__).parent / "backends"
_KEEPER = Path(__file__).parent / "keeper.py"
_POLL_S = 0.02
_ATTEMPTS = 5


@dataclass
class TritonServer:
    """A real Triton on 127.0.0.1, running while its `with` block runs.

    A port of 0 is any free one. `explicit` starts without models: they are loaded and unloaded by the model repository
    API. `response_cache_mib` sizes the response cache, for models whose configuration enables it; 0 is no cache.
    `extra_args` go to tritonserver as they are (paths in them must be absolute); with `--log-verbose=N` among them its
    log goes to our standard error.

    Entering raises ConfigError for a value that cannot be used (a port in use, a missing folder), and ServerError where
    the server cannot run here or a model does not load, with the server's own reason. Leaving lets requests in flight
    end (30 s at most). No process, shared memory or file stays behind, also when this process is killed.
    """

    model_repository: str | os.PathLike[str]
    grpc_port: int = 0
    http_port: int = 0
    metrics_port: int = 0
    explicit: bool = False
    response_cache_mib: int = 0
    extra_args: Sequence[str] = ()
    pid: int = field(init=False, default=0)
    """the process id of tritonserver; 0 while it is not running"""
    _ports: Ports = field(init=False, repr=False, default_factory=Ports)
    _keeper: subprocess.Popen[bytes] | None = field(init=False, repr=False, default=None)
    _log: IO[bytes] | None = field(init=False, repr=False, default=None)

    def __enter__(self) -> Self:
        options = ServerOptions(
            model_repository=Path(self.model_repository),
            ports=Ports(self.grpc_port, self.http_port, self.metrics_port),
            explicit=self.explicit,
            response_cache_mib=self.response_cache_mib,
            extra_args=tuple(self.extra_args),
        )
        try:
            self._start(options, _wheel_for(options))
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

    def target(self, model: str, *, version: str = "", protocol: Literal["grpc", "http"] = "grpc") -> Target:
        """Return a model of this server as the target of a load."""
        return Target(self.grpc_url if protocol == "grpc" else self.http_url, model, version, protocol)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models that are ready now, sorted. Raises ServerError when the server does not answer."""
        return http_api.ready_models(self.http_url)

    def wait(self) -> None:
        """Block while the server runs. Raises ServerError, with the reason from its log, when it ends by itself."""
        assert self._keeper is not None, "the server is not running"
        code = self._keeper.wait()
        end = f"by {_signal_in_words(code - 128)}" if code > 128 else f"with exit code {code}"
        raise ServerError(f"Triton ended {end}: {self._from_log(last_words)}")

    def _start(self, options: ServerOptions, wheel: Wheel) -> None:
        for _ in range(_ATTEMPTS):
            self._stop()
            self._ports = reserve(options.ports)
            self._launch(options, wheel)
            if self._becomes_ready():
                return
            # A free port may be taken between our choice and the server's start: then we choose others.
            if not (options.ports.has_wildcard and is_port_taken(self._log_text())):
                break
        raise ServerError(f"Triton did not start: {self._from_log(why_not_started)}")

    def _launch(self, options: ServerOptions, wheel: Wheel) -> None:
        workspace = Path(tempfile.mkdtemp(prefix="loadgen-triton-"))
        try:
            _lay_out_backends(wheel, workspace)
            # Without a name, so that it cannot stay behind; closed by _stop.
            self._log = None if options.is_verbose else tempfile.TemporaryFile()  # noqa: SIM115
            command = command_line.embedded(options, self._ports, wheel, workspace)
            self._keeper = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-IS", str(_KEEPER), str(workspace), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=command_line.environment(wheel, os.environ),
                # The stub imports our backend under the bare name `model`, and looks in the working directory before
                # the installed packages, among which there may be a `model` too.
                cwd=workspace / "backends" / "onnxruntime",
                start_new_session=True,
            )
        except BaseException:
            rmtree(workspace)
            raise
        assert self._keeper.stdout is not None
        self.pid = int(self._keeper.stdout.readline() or 0)

    def _becomes_ready(self) -> bool:
        """Wait until the server is up, as long as its models take to load; False when it ends instead."""
        assert self._keeper is not None
        # *Live* over HTTP comes when all models have loaded, and gRPC before it; the metrics are the last endpoint.
        endpoints = ((self.http_url, "/v2/health/live"), (self.metrics_url, "/metrics"))
        while self._keeper.poll() is None:
            if all(http_api.answers(url, path) for url, path in endpoints):
                return True
            time.sleep(_POLL_S)
        return False

    def _from_log(self, read: Callable[[str], str]) -> str:
        return "its log above says why" if self._log is None else read(self._log_text())

    def _log_text(self) -> str:
        """Return what the server has logged so far; nothing if it logs to our standard error."""
        if self._log is None:
            return ""
        # The server writes through the same open file, whose position must not move: hence pread.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def _stop(self) -> None:
        """End the server and wait until nothing of it is left; no harm in any state."""
        if self._keeper is not None:
            self._keeper.communicate(b"stop")
        if self._log is not None:
            self._log.close()
        self._keeper, self._log, self.pid = None, None, 0


def _signal_in_words(number: int) -> str:
    return f"signal {number} ({signal.Signals(number).name})"


def _wheel_for(options: ServerOptions) -> Wheel:
    try:
        return locate_wheel()
    except ServerError as error:
        raise ServerError(f"{error}; or run NVIDIA's container: {command_line.in_container(options)}") from error


def _lay_out_backends(wheel: Wheel, workspace: Path) -> None:
    """Fill `workspace`/backends: ours, and beside it the Python backend together with the stub of this Python.

    Copies (3 MB), for Triton refuses a backend whose library is a symbolic link to elsewhere.
    """
    ignored = ignore_patterns("__pycache__")
    copytree(_BACKENDS, workspace / "backends", ignore=ignored)
    copytree(wheel.python_backend, workspace / "backends" / "python", ignore=ignored)
    copy2(wheel.stub, workspace / "backends" / "python")
