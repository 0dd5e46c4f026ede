"""Where a server listens: the url that a user writes, as a host and a port, or as the path of a socket. Pure."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from loadgen.errors import ConfigError

_GRPC_FORM = "give HOST:PORT of the server's gRPC endpoint, such as localhost:8001"
_HTTP_FORM = "give [http[s]://]HOST[:PORT][/PREFIX] of the server's HTTP endpoint, such as localhost:8000"

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]+))?")
_PATH = re.compile(r"[!-~]*")  # what may stand in the first line of a request: printable, and no blank
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADDRESSES = {"ipv4": IPv4Address, "ipv6": IPv6Address}


@dataclass(frozen=True)
class Endpoint:
    """A TCP port of a host, or the Unix socket at `unix_path` (host and port say nothing then).

    `host` is a name or an address, IPv6 without brackets. `prefix` comes before the path of every HTTP request: empty,
    or `/like/this`. `is_tls` is whether TLS is spoken there.
    """

    host: str
    port: int
    unix_path: str = ""
    prefix: str = ""
    is_tls: bool = False

    @property
    def authority(self) -> str:
        """What a request names as its server: `host:port`, `[::1]:8001`, and `localhost` for a Unix socket."""
        if self.unix_path:
            return "localhost"
        host, _, _ = self.host.partition("%")  # RFC 6874 section 4: an IPv6 zone means nothing to the server
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"unix:{self.unix_path}" if self.unix_path else self.authority + self.prefix


def grpc_endpoint(url: str) -> Endpoint:
    """Return the endpoint of a gRPC url, in the forms that gRPC libraries take.

    Those are `host:port`, `[::1]:port`, `dns:///host:port`, `ipv4:address:port`, `ipv6:[address]:port`, `unix:path` and
    `unix:///path`. Raises ConfigError for any other.
    """
    if url.startswith("unix:"):
        return Endpoint("", 0, unix_path=_unix_path(url))
    try:
        host, port = _host_and_port(_without_resolver(url))
        return Endpoint(host, _given(port))
    except ValueError as error:
        raise ConfigError(f"-u {url}: {error}; {_GRPC_FORM}") from error


def http_endpoint(url: str, *, option: str = "-u") -> Endpoint:
    """Return the endpoint of `[http[s]://]host[:port][/prefix]`.

    Without a port it is the standard one, 80 or 443 (curl's choice, and so perf_analyzer's). Raises ConfigError for
    another form, which names the `option` that the url was given with.
    """
    match = _SCHEME.fullmatch(url)
    scheme, rest = (match["scheme"].lower(), match["rest"]) if match else ("http", url)
    server, slash, path = rest.partition("/")
    try:
        default_port = _default_port(scheme)
        host, port = _host_and_port(server)
        prefix = _prefix(slash + path)
    except ValueError as error:
        raise ConfigError(f"{option} {url}: {error}; {_HTTP_FORM}") from error
    return Endpoint(host, default_port if port is None else port, prefix=prefix, is_tls=scheme == "https")


def _unix_path(url: str) -> str:
    path = url.removeprefix("unix:")
    if path.startswith("//"):
        path = path.removeprefix("//")
        if not path.startswith("/"):
            raise ConfigError(f"-u {url}: after unix:// comes an absolute path, as in unix:///run/triton.sock")
    if not path or "\0" in path:
        raise ConfigError(f"-u {url}: after unix: comes the path of a socket, as in unix:/run/triton.sock")
    return path


# The rest raise ValueError with what is wrong; their callers add the url, and the form that it should have.


def _without_resolver(url: str) -> str:
    """Return the `host:port` behind `dns:`, `ipv4:` or `ipv6:`, which tell a gRPC library how to look a host up."""
    kind, _, rest = url.partition(":")
    if kind == "dns":
        return rest.removeprefix("///")
    if kind in _ADDRESSES:
        _ADDRESSES[kind](_host_and_port(rest)[0])
        return rest
    if "://" in url:
        raise ValueError(f"a gRPC url begins without {kind}://" + (", TLS has an option" if kind == "https" else ""))
    return url


def _host_and_port(text: str) -> tuple[str, int | None]:
    """Split `host[:port]`, and take the brackets from an IPv6 address."""
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None:
        raise ValueError(_why_no_host_and_port(text))
    host, port = match["host"], match["port"]
    if host.startswith("["):
        host = str(IPv6Address(host[1:-1]))
    if port is not None and not 0 < int(port) < 2**16:
        raise ValueError(f"port {port} does not lie between 1 and 65535")
    return host, None if port is None else int(port)


def _why_no_host_and_port(text: str) -> str:
    if _is_ipv6(text):
        return f"an IPv6 address stands in brackets, as in [{text}]"
    if text.partition(":")[0] == "":
        return "the host is missing"
    return "the port is missing" if text.endswith(":") else f'"{text}" is no host and port'


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _given(port: int | None) -> int:
    if port is None:
        raise ValueError("the port is missing")
    return port


def _default_port(scheme: str) -> int:
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"{scheme}:// is neither http:// nor https://")
    return _DEFAULT_PORTS[scheme]


def _prefix(path: str) -> str:
    if not _PATH.fullmatch(path) or "?" in path or "#" in path:
        raise ValueError("the prefix must be a path")
    return path.rstrip("/")
