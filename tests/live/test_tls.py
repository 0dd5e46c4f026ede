"""The control plane of a real Triton over TLS and mutual TLS, and what is said when the two sides do not agree."""

import pytest

from loadgen.errors import ServerError
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.triton.control import control_plane
from loadgen.triton.server import TritonServer
from tests.certificates import Certificates
from tests.conftest import MODEL_REPOSITORY

pytestmark = pytest.mark.live

MODEL = "mnist-onnx"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secure(certificates):
    with TritonServer(MODEL_REPOSITORY, extra_args=tls_arguments(certificates, "--grpc-use-ssl=1")) as server:
        yield server


@pytest.fixture(scope="module")
def mutual(certificates):
    with TritonServer(MODEL_REPOSITORY, extra_args=tls_arguments(certificates, "--grpc-use-ssl-mutual=1")) as server:
        yield server


def tls_arguments(certificates, kind):
    """Return what makes tritonserver speak TLS on its gRPC port."""
    return (
        kind,
        f"--grpc-server-cert={certificates['good']}",
        f"--grpc-server-key={certificates['good']}",
        f"--grpc-root-cert={certificates.ca}",
    )


def described(target):
    with control_plane(target) as control:
        assert control.statistics() is not None
        return control.describe().name


def refusal(target):
    with pytest.raises(ServerError) as caught:
        described(target)
    return str(caught.value)


def test_a_server_with_tls(secure, certificates):
    assert described(Target(secure.grpc_url, MODEL, tls=Tls(ca_file=certificates.ca))) == MODEL


def test_a_server_with_tls_that_is_not_verified(secure):
    assert described(Target(secure.grpc_url, MODEL, tls=Tls(verify_peer=False))) == MODEL


def test_mutual_tls(mutual, certificates):
    tls = Tls(ca_file=certificates.ca, certificate_file=certificates["client"], key_file=certificates["client"])
    assert described(Target(mutual.grpc_url, MODEL, tls=tls)) == MODEL


def test_tls_is_missed(secure):
    url = secure.grpc_url
    assert refusal(Target(url, MODEL)) == f"{url} speaks TLS: ask for it with --ssl-grpc-use-ssl"


def test_tls_is_too_much(triton):
    url = triton.grpc_url
    assert refusal(Target(url, MODEL, tls=Tls())) == (
        f"{url}: the server does not speak TLS on this port, leave --ssl-grpc-use-ssl out"
    )


def test_an_authority_is_missed(secure):
    url = secure.grpc_url
    assert refusal(Target(url, MODEL, tls=Tls())) == (
        f"{url}: the server's certificate comes from an authority that is not trusted"
    )


def test_a_client_certificate_is_missed(mutual, certificates):
    url = mutual.grpc_url
    assert refusal(Target(url, MODEL, tls=Tls(ca_file=certificates.ca))) == (
        f"{url}: the server hung up: does it speak TLS here, and does it want a client certificate?"
    )
