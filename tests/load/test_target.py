"""What goes together in a target, and what does not."""

import pytest

from loadgen.errors import ConfigError
from loadgen.load.endpoint import Endpoint
from loadgen.load.target import Target
from loadgen.load.tls import Tls

OURS = Tls(ca_file="ca.pem")


@pytest.mark.parametrize(
    ("target", "tls", "endpoint"),
    [
        pytest.param(Target("h:1", "m"), None, Endpoint("h", 1), id="gRPC"),
        pytest.param(Target("h:1", "m", tls=OURS), OURS, Endpoint("h", 1, is_tls=True), id="gRPC over TLS"),
        pytest.param(Target("h:1", "m", protocol="http"), None, Endpoint("h", 1), id="HTTP"),
        pytest.param(
            Target("https://h:1/p", "m", protocol="http"),
            Tls(),
            Endpoint("h", 1, prefix="/p", is_tls=True),
            id="https:// alone is TLS",
        ),
        pytest.param(
            Target("https://h:1", "m", protocol="http", tls=OURS),
            OURS,
            Endpoint("h", 1, is_tls=True),
            id="https:// with settings of its own",
        ),
    ],
)
def test_where_a_target_listens_and_whether_it_speaks_tls(target, tls, endpoint):
    assert target.tls == tls
    assert target.endpoint == endpoint


@pytest.mark.parametrize("url", ["localhost:8000", "http://localhost:8000"])
def test_tls_over_http_needs_an_https_url(url):
    with pytest.raises(ConfigError) as caught:
        Target(url, "m", protocol="http", tls=OURS)
    assert str(caught.value) == f"-u {url}: TLS over HTTP needs a url that begins with https://"


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_a_wrong_url_is_refused_when_the_target_is_made(protocol):
    with pytest.raises(ConfigError, match=r"^-u h:0: port 0 "):
        Target("h:0", "m", protocol=protocol)


@pytest.mark.parametrize(
    ("name", "value"), [("", "x"), ("a b", "x"), ("a:b", "x"), ("a", "x\r\nb: y"), ("a", "é")], ids=repr
)
def test_a_header_that_cannot_be_sent_is_refused(name, value):
    with pytest.raises(ConfigError) as caught:
        Target("h:1", "m", headers=(("ok", "ok"), (name, value)))
    assert str(caught.value).startswith(f"-H {name}:{value}: give NAME:VALUE in printable ASCII")
