"""The control plane: what the server says of itself, of the model, and of the work it has done."""

from types import TracebackType
from typing import Protocol, Self

from loadgen.load.model import Model
from loadgen.load.target import Target
from loadgen.measure.server_statistics import ServerStatistics


class ControlPlane(Protocol):
    """One model on one server, from outside the load. Safe to call from any thread; a context manager.

    Every call ends within a deadline, and raises ServerError with a sentence that says what to do.
    """

    def describe(self) -> Model:
        """Return what the server says of the model.

        Raises ServerError, and ConfigError for a kind of model that loadgen cannot load yet.
        """

    def statistics(self) -> ServerStatistics | None:
        """Return the counters of the version that serves, or None if the server keeps no statistics."""

    def close(self) -> None:
        """Close the connection."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def control_plane(target: Target, *, deadline_s: float = 10.0) -> ControlPlane:
    """Return the control plane of a target in its own protocol.

    Raises ConfigError for a TLS file or a header that cannot be used, and ServerError when the server's certificate has
    to be seen beforehand and cannot be.
    """
    # Imported here, for neither needs what the other brings.
    if target.protocol == "http":
        from loadgen.triton.http_control import HttpControlPlane  # noqa: PLC0415

        return HttpControlPlane(target, deadline_s=deadline_s)
    from loadgen.triton.grpc_control import GrpcControlPlane  # noqa: PLC0415

    return GrpcControlPlane(target, deadline_s=deadline_s)
