"""The three ports of a server: free ones where none is asked for, a clear word for one that cannot be had."""

import errno
import socket
from contextlib import ExitStack
from dataclasses import astuple, dataclass

from loadgen.errors import ConfigError

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """TCP ports of the endpoints; 0 stands for any free port. Raises ConfigError for what cannot be a port."""

    grpc: int = 0
    http: int = 0
    metrics: int = 0

    def __post_init__(self) -> None:
        for option, port in self.by_option():
            if not 0 <= port <= 65535:
                raise ConfigError(f"{option} {port}: a port lies between 0 (any free one) and 65535")

    def by_option(self) -> list[tuple[str, int]]:
        """Return each port with the option of `loadgen serve` that sets it."""
        return list(zip(("--grpc-port", "--http-port", "--metrics-port"), astuple(self), strict=True))

    @property
    def has_wildcard(self) -> bool:
        """Whether one of them is any free port."""
        return 0 in astuple(self)


def reserve(wanted: Ports) -> Ports:
    """Return `wanted` with a free port for each 0; raise ConfigError for a port that cannot be had.

    The ports are held together, so that they differ, and are free again on return: another program may take one
    before the server does.
    """
    with ExitStack() as held:
        return Ports(*(_hold(option, port, held) for option, port in wanted.by_option()))


def _hold(option: str, port: int, held: ExitStack) -> int:
    listener = held.enter_context(socket.socket())
    # As the server does: connections of an earlier server that are still in TIME_WAIT do not count as use.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        reason = "the port is in use" if error.errno == errno.EADDRINUSE else str(error.strerror).lower()
        raise ConfigError(f"{option} {port}: {reason} on {HOST}, choose another (0 takes any free one)") from error
    bound: int = listener.getsockname()[1]
    return bound
