"""Where metrics are read."""

import pytest

from loadgen.errors import ConfigError
from loadgen.load.endpoint import grpc_endpoint, http_endpoint
from loadgen.load.metrics_source import MetricsSource, default_metrics_url


@pytest.mark.parametrize(
    ("server", "url"),
    [
        pytest.param(grpc_endpoint("far:8001"), "http://far:8002/metrics", id="host and port"),
        pytest.param(http_endpoint("http://far:8000/prefix"), "http://far:8002/metrics", id="an http url"),
        pytest.param(http_endpoint("https://far"), "http://far:8002/metrics", id="an https url"),
        pytest.param(grpc_endpoint("[::1]:8001"), "http://[::1]:8002/metrics", id="an IPv6 address"),
        pytest.param(grpc_endpoint("unix:/run/t.sock"), "http://localhost:8002/metrics", id="a Unix socket"),
    ],
)
def test_the_default_is_port_8002_of_the_host_of_the_server(server, url):
    assert default_metrics_url(server) == url
    assert MetricsSource(url).endpoint.port == 8002


@pytest.mark.parametrize(
    ("url", "path"),
    [("h:1", "/metrics"), ("http://h:1/", "/metrics"), ("h:1/metrics", "/metrics"), ("h:1/a/b", "/a/b")],
)
def test_the_path_is_that_of_the_url_or_metrics(url, path):
    assert MetricsSource(url).path == path


def test_a_wrong_url_is_named_with_its_option():
    with pytest.raises(ConfigError, match=r"^--metrics-url ftp://h: ftp:// is neither http:// nor https://"):
        MetricsSource("ftp://h")


def test_an_interval_is_above_0():
    with pytest.raises(ConfigError, match="interval_s must be above 0 seconds, not 0"):
        MetricsSource("h:1", 0)
