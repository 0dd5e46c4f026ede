"""Settings of the transport and of TLS that do not go together are refused when they are made."""

import pytest

from loadgen.errors import ConfigError
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport


@pytest.mark.parametrize("name", ["request_timeout_s", "keepalive_s"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_time_must_be_above_zero(name, value):
    with pytest.raises(ConfigError) as caught:
        Transport(**{name: value})
    assert str(caught.value) == f"{name} must be above 0 seconds, not {value}"


def test_the_official_library_does_not_stream():
    with pytest.raises(ConfigError, match="only loadgen's own client can stream"):
        Transport(client="grpcio", streaming=True)


def test_a_key_needs_its_certificate():
    with pytest.raises(ConfigError, match=r"^key\.pem: a private key is of no use without its certificate$"):
        Target("localhost:8001", "m", tls=Tls(key_file="key.pem"))
