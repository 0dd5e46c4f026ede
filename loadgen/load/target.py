"""Whom the load goes to."""

from dataclasses import dataclass

from loadgen.errors import ConfigError


@dataclass(frozen=True)
class Target:
    """A model on a server.

    `url` is `host:port` of the server's gRPC endpoint (an IPv6 host in brackets); an empty `version` leaves the choice
    to the server. Raises ConfigError for another form of url.
    """

    url: str
    model: str
    version: str = ""

    def __post_init__(self) -> None:
        host, colon, port = self.url.rpartition(":")
        if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 2**16) or "/" in host:
            raise ConfigError(f"-u {self.url}: give HOST:PORT of the server's gRPC endpoint, such as localhost:8001")

    @property
    def host(self) -> str:
        """The name or address, without brackets."""
        return self.url.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.url.rpartition(":")[2])
