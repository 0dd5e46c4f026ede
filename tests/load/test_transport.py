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


@pytest.mark.parametrize("part", ["json_inputs", "json_outputs"])
def test_tensors_in_shared_memory_are_not_json(part):
    with pytest.raises(ConfigError, match=r"^--shared-memory system: tensors in shared memory cannot be JSON$"):
        Transport(shared_memory="system", **{part: True})


def test_an_output_has_at_least_no_room():
    with pytest.raises(ConfigError, match=r"^output_shared_memory_size must be at least 0, not -1$"):
        Transport(output_shared_memory_size=-1)


def test_a_key_needs_its_certificate():
    with pytest.raises(ConfigError, match=r"^key\.pem: a private key is of no use without its certificate$"):
        Target("localhost:8001", "m", tls=Tls(key_file="key.pem"))
