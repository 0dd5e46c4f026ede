"""The urls that users write, and the sentence for each that means nothing."""

import pytest

from loadgen.errors import ConfigError
from loadgen.load.endpoint import Endpoint, grpc_endpoint, http_endpoint


@pytest.mark.parametrize(
    ("url", "endpoint", "authority"),
    [
        pytest.param("localhost:8001", Endpoint("localhost", 8001), "localhost:8001", id="host and port"),
        pytest.param("my_service.ns:1", Endpoint("my_service.ns", 1), "my_service.ns:1", id="a name in a cluster"),
        pytest.param("[::1]:8001", Endpoint("::1", 8001), "[::1]:8001", id="IPv6 in brackets"),
        pytest.param("[fe80::1%eth0]:1", Endpoint("fe80::1%eth0", 1), "[fe80::1]:1", id="an IPv6 zone stays at home"),
        pytest.param("dns:///host:65535", Endpoint("host", 65535), "host:65535", id="dns:///"),
        pytest.param("dns:host:1", Endpoint("host", 1), "host:1", id="dns:"),
        pytest.param("ipv4:127.0.0.1:8001", Endpoint("127.0.0.1", 8001), "127.0.0.1:8001", id="ipv4:"),
        pytest.param("ipv6:[::1]:8001", Endpoint("::1", 8001), "[::1]:8001", id="ipv6:"),
        pytest.param("unix:/run/a.sock", Endpoint("", 0, "/run/a.sock"), "localhost", id="unix:"),
        pytest.param("unix:a.sock", Endpoint("", 0, "a.sock"), "localhost", id="unix: and a relative path"),
        pytest.param("unix:///run/a.sock", Endpoint("", 0, "/run/a.sock"), "localhost", id="unix://"),
    ],
)
def test_a_grpc_url(url, endpoint, authority):
    assert grpc_endpoint(url) == endpoint
    assert grpc_endpoint(url).authority == authority


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "the host is missing"),
        (":8001", "the host is missing"),
        ("localhost", "the port is missing"),
        ("localhost:", "the port is missing"),
        ("[::1]", "the port is missing"),
        ("localhost:0", "port 0 does not lie between 1 and 65535"),
        ("localhost:65536", "port 65536 does not lie between 1 and 65535"),
        ("localhost:x", '"localhost:x" is no host and port'),
        ("local host:8001", '"local host:8001" is no host and port'),
        ("host:8001/path", '"host:8001/path" is no host and port'),
        ("::1", "an IPv6 address stands in brackets, as in [::1]"),
        ("[::g]:8001", "Only hex digits permitted in 'g' in '::g'"),
        ("ipv4:localhost:8001", "Expected 4 octets in 'localhost'"),
        ("ipv6:127.0.0.1:8001", "At least 3 parts expected in '127.0.0.1'"),
        ("dns://8.8.8.8/host:8001", '"//8.8.8.8/host:8001" is no host and port'),
        ("http://localhost:8001", "a gRPC url begins without http://"),
        ("https://localhost:8001", "a gRPC url begins without https://, TLS has an option"),
    ],
)
def test_a_wrong_grpc_url_is_refused_with_the_reason_and_the_right_form(url, reason):
    with pytest.raises(ConfigError) as caught:
        grpc_endpoint(url)
    form = "give HOST:PORT of the server's gRPC endpoint, such as localhost:8001"
    assert str(caught.value) == f"-u {url}: {reason}; {form}"


@pytest.mark.parametrize("url", ["unix:", "unix://", "unix://run/a.sock"])
def test_a_unix_url_needs_a_path(url):
    with pytest.raises(ConfigError, match=rf"^-u {url}: after unix:(//)? comes "):
        grpc_endpoint(url)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        pytest.param("localhost:8000", Endpoint("localhost", 8000), id="host and port"),
        pytest.param("localhost", Endpoint("localhost", 80), id="the port of http is 80"),
        pytest.param("http://[::1]:8000", Endpoint("::1", 8000), id="IPv6 in brackets"),
        pytest.param("https://host", Endpoint("host", 443, is_tls=True), id="the port of https is 443"),
        pytest.param("HTTPS://host:8000", Endpoint("host", 8000, is_tls=True), id="a scheme in capitals"),
        pytest.param("host:8000/", Endpoint("host", 8000), id="a lone slash is no prefix"),
        pytest.param("host/a/b/", Endpoint("host", 80, prefix="/a/b"), id="a prefix ends without a slash"),
    ],
)
def test_an_http_url(url, endpoint):
    assert http_endpoint(url) == endpoint


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://", "the host is missing"),
        ("http://localhost:", "the port is missing"),
        ("localhost:99999", "port 99999 does not lie between 1 and 65535"),
        ("ftp://localhost", "ftp:// is neither http:// nor https://"),
        ("http://me:secret@localhost", '"me:secret@localhost" is no host and port'),
        ("localhost/a b", "the prefix must be a path"),
        ("localhost/a?b=1", "the prefix must be a path"),
        ("localhost/a\r\nX: y", "the prefix must be a path"),
    ],
)
def test_a_wrong_http_url_is_refused_with_the_reason_and_the_right_form(url, reason):
    with pytest.raises(ConfigError) as caught:
        http_endpoint(url)
    form = "give [http[s]://]HOST[:PORT][/PREFIX] of the server's HTTP endpoint, such as localhost:8000"
    assert str(caught.value) == f"-u {url}: {reason}; {form}"


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (grpc_endpoint("dns:///host:8001"), "host:8001"),
        (grpc_endpoint("unix:///run/a.sock"), "unix:/run/a.sock"),
        (http_endpoint("https://host/a"), "host:443/a"),
    ],
    ids=str,
)
def test_an_endpoint_in_a_sentence(endpoint, text):
    assert str(endpoint) == text
