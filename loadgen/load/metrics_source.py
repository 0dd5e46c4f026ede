"""Where the server's Prometheus metrics are read, and how often."""

from dataclasses import dataclass

from loadgen.errors import ConfigError
from loadgen.load.endpoint import Endpoint, http_endpoint

_PORT = 8002
_PATH = "/metrics"


@dataclass(frozen=True)
class MetricsSource:
    """The endpoint at `url`, `[http[s]://]host[:port][/path]`, read every `interval_s` seconds while a level lasts.

    Without a path it is /metrics. Raises ConfigError for another form of url, and for an interval that is not above 0.
    """

    url: str
    interval_s: float = 1.0

    def __post_init__(self) -> None:
        if not self.interval_s > 0:
            raise ConfigError(f"interval_s must be above 0 seconds, not {self.interval_s}")
        _ = self.endpoint

    @property
    def endpoint(self) -> Endpoint:
        """Where the metrics are served."""
        return http_endpoint(self.url, option="--metrics-url")

    @property
    def path(self) -> str:
        """The path of the metrics at the endpoint."""
        return self.endpoint.prefix or _PATH


def default_metrics_url(server: Endpoint) -> str:
    """Return where the metrics of a server are unless told otherwise: on its host, by Triton's default port.

    perf_analyzer cuts the url of the server at its first colon, and so looks for a host `http` (behaviour section 9.8).
    """
    host = "localhost" if server.unix_path else server.host
    return f"http://{f'[{host}]' if ':' in host else host}:{_PORT}{_PATH}"
