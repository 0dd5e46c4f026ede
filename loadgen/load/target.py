"""Whom the load goes to."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from loadgen.errors import ConfigError
from loadgen.load.endpoint import Endpoint, grpc_endpoint, http_endpoint
from loadgen.load.tls import Tls

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2: a token
_HEADER_VALUE = re.compile(r"[ -~]*")  # what HTTP and gRPC metadata both carry as text


@dataclass(frozen=True)
class Target:
    """A model on a server.

    `url` is, over gRPC, `host:port` (an IPv6 host in brackets) or one of the forms of `grpc_endpoint`; over HTTP
    `[http[s]://]host[:port][/prefix]`. An empty `version` leaves the choice to the server. With `tls` the connection is
    encrypted; https:// alone stands for `Tls()`. `headers` go with every request: HTTP headers, or gRPC metadata.
    `composing_models` are those that the model calls by itself (BLS), (name, version) with an empty version as above:
    the server's statistics of them are then told, too. Those of an ensemble are known without being named.

    Raises ConfigError for another form of url, for `tls` with an HTTP url that is not https://, for a private key
    without a certificate, for a header that cannot be sent, and for a model that is to be composed of itself.
    """

    url: str
    model: str
    version: str = ""
    protocol: Literal["grpc", "http"] = "grpc"
    tls: Tls | None = None
    headers: tuple[tuple[str, str], ...] = ()
    composing_models: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.protocol == "http":
            self._agree_on_tls()
        else:
            grpc_endpoint(self.url)
        if self.tls is not None and self.tls.key_file is not None and self.tls.certificate_file is None:
            raise ConfigError(f"{self.tls.key_file}: a private key is of no use without its certificate")
        for name, value in self.headers:
            if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
                raise ConfigError(f"-H {name}:{value}: give NAME:VALUE in printable ASCII, no blank in the name")
        if self.model in dict(self.composing_models):
            raise ConfigError(f"--bls-composing-models {self.model}: this is the model itself")

    @property
    def name(self) -> str:
        """The model, and behind it the version if one is asked for."""
        return f"{self.model} {self.version}".rstrip()

    @property
    def endpoint(self) -> Endpoint:
        """Where the server listens."""
        if self.protocol == "http":
            return http_endpoint(self.url)
        return replace(grpc_endpoint(self.url), is_tls=self.tls is not None)

    def _agree_on_tls(self) -> None:
        """Over HTTP it is the url that says whether TLS is spoken."""
        if http_endpoint(self.url).is_tls:
            object.__setattr__(self, "tls", self.tls or Tls())
        elif self.tls is not None:
            raise ConfigError(f"-u {self.url}: TLS over HTTP needs a url that begins with https://")
