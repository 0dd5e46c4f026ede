"""TLS handshakes with real servers: each ends with a connection, or with one true phrase."""

import asyncio
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from loadgen.errors import ConfigError
from loadgen.load.tls import Tls
from loadgen.net.tls import CERTIFICATE, read_pem, ssl_context, tls_words
from tests.certificates import HOST, Certificates
from tests.engine.tls_servers import over_tls, serving, tls_context


def say_hi(client):
    """Speak after the client, and say goodbye as TLS wants it."""
    client.recv(100)
    client.sendall(b"hi")
    client.unwrap()


def tls_server(certificate, **settings):
    return over_tls(tls_context(certificate, **settings), say_hi)


class Client(asyncio.Protocol):
    """Speaks first, as HTTP does, and keeps what it hears until it is hung up on."""

    def __init__(self):
        self.heard = b""
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.ssl_object = transport.get_extra_info("ssl_object")
        transport.write(b"hello")

    def data_received(self, data):
        self.heard += data

    def connection_lost(self, exc):
        self.lost.set_result(exc)


async def outcome(port, tls, protocols=("h2",)):
    """Return what was heard and the protocol agreed on; raise what ended the connection."""
    client, context = Client(), ssl_context(tls, protocols=protocols)
    name = tls.server_name or HOST
    await asyncio.get_running_loop().create_connection(lambda: client, HOST, port, ssl=context, server_hostname=name)
    if (error := await client.lost) is not None:
        raise error
    return client.heard, client.ssl_object.selected_alpn_protocol()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def der(path, folder):
    """Return the paths of a certificate and its key in DER."""
    content = Path(path).read_bytes()
    certificate, key = folder / "certificate.der", folder / "key.der"
    certificate.write_bytes(x509.load_pem_x509_certificate(content).public_bytes(Encoding.DER))
    key.write_bytes(
        load_pem_private_key(content, None).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    return str(certificate), str(key)


# Handshakes that succeed


@pytest.mark.parametrize(
    ("certificate", "settings"),
    [
        pytest.param("good", {}, id="the authority is trusted"),
        pytest.param("elsewhere", {"server_name": "elsewhere.example"}, id="another name is expected"),
        pytest.param("elsewhere", {"verify_host": False}, id="the name is not checked"),
        pytest.param("expired", {"verify_peer": False}, id="an expired certificate is not checked"),
        pytest.param("elsewhere", {"verify_peer": False}, id="without the certificate the name is not checked"),
        pytest.param("self_signed", {"ca_file": "self_signed", "verify_host": False}, id="it is trusted by itself"),
    ],
)
def test_the_connection_is_made(run, certificates, certificate, settings):
    settings = {"ca_file": certificates.ca} | settings
    if settings["ca_file"] == "self_signed":
        settings["ca_file"] = certificates["self_signed"]

    async def main():
        assert await outcome(server.port, Tls(**settings)) == (b"hi", "h2")

    with serving(tls_server(certificates[certificate])) as server:
        run(main())


def test_a_certificate_alone_can_be_trusted_without_its_authority(run, certificates):
    async def main():
        assert (await outcome(server.port, Tls(ca_file=certificates["good"])))[0] == b"hi"

    with serving(tls_server(certificates["good"])) as server:
        run(main())


@pytest.mark.parametrize("form", ["one PEM file", "DER files"])
def test_our_certificate_is_shown_to_a_server_that_wants_one(run, certificates, tmp_path, form):
    ours = (certificates["client"], None) if form == "one PEM file" else der(certificates["client"], tmp_path)

    async def main():
        tls = Tls(ca_file=certificates.ca, certificate_file=ours[0], key_file=ours[1])
        assert (await outcome(server.port, tls))[0] == b"hi"

    with serving(tls_server(certificates["good"], authority=certificates.ca)) as server:
        run(main())


def test_the_authority_may_be_in_der(run, certificates, tmp_path):
    authority, _ = der(certificates["good"], tmp_path)

    async def main():
        assert (await outcome(server.port, Tls(ca_file=authority)))[0] == b"hi"

    with serving(tls_server(certificates["good"])) as server:
        run(main())


def test_a_server_without_our_protocol_agrees_on_none(run, certificates):
    async def main():
        assert await outcome(server.port, Tls(ca_file=certificates.ca)) == (b"hi", None)

    with serving(tls_server(certificates["good"], protocols=["http/1.1"])) as server:
        run(main())


# Handshakes that do not


UNTRUSTED = "the server's certificate comes from an authority that is not trusted"


@pytest.mark.parametrize(
    ("certificate", "settings", "words"),
    [
        ("elsewhere", {}, "the server's certificate is for another name than '127.0.0.1'"),
        ("good", {"server_name": "a.example"}, "the server's certificate is for another name than 'a.example'"),
        ("expired", {}, "the server's certificate has expired"),
        ("too_early", {}, "the server's certificate is not valid yet"),
        ("self_signed", {}, "the server's certificate is self-signed, and not among the trusted ones"),
        ("unknown_authority", {}, UNTRUSTED),
        pytest.param("good", {"ca_file": None}, UNTRUSTED, id="the system does not know our authority"),
    ],
)
def test_a_bad_certificate_is_refused(run, certificates, certificate, settings, words):
    async def main():
        with pytest.raises(ssl.SSLError) as caught:
            await outcome(server.port, Tls(**{"ca_file": certificates.ca} | settings))
        assert tls_words(caught.value) == words

    with serving(tls_server(certificates[certificate])) as server:
        run(main())


@pytest.mark.parametrize(
    ("ours", "newest", "words"),
    [
        pytest.param(None, ssl.TLSVersion.TLSv1_3, "the server wants a client certificate", id="none, TLS 1.3"),
        pytest.param(
            None,
            ssl.TLSVersion.TLSv1_2,
            "the server refuses the handshake: does it want a client certificate?",
            id="none, TLS 1.2",
        ),
        pytest.param(
            "strange_client", ssl.TLSVersion.TLSv1_3, "the server does not accept our certificate", id="a strange one"
        ),
    ],
)
def test_a_server_that_wants_another_certificate_of_ours(run, certificates, ours, newest, words):
    async def main():
        tls = Tls(ca_file=certificates.ca, certificate_file=ours and certificates[ours])
        with pytest.raises(ssl.SSLError) as caught:
            await outcome(server.port, tls)
        assert tls_words(caught.value) == words

    with serving(tls_server(certificates["good"], authority=certificates.ca, newest=newest)) as server:
        run(main())


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="HTTP/1.1"),
        pytest.param(b"\0\0\0\x04\0\0\0\0\0", id="HTTP/2 without TLS"),
        pytest.param(b"220 mail.example.com ESMTP\r\n", id="mail"),
    ],
)
def test_a_port_that_speaks_no_tls(run, certificates, greeting):
    def converse(client):
        client.recv(1000)
        client.sendall(greeting)

    async def main():
        with pytest.raises(ssl.SSLError) as caught:
            await outcome(server.port, Tls(ca_file=certificates.ca))
        assert tls_words(caught.value) == "the server does not speak TLS on this port"

    with serving(converse) as server:
        run(main())


def test_a_port_that_hangs_up(run, certificates):
    async def main():
        with pytest.raises(ConnectionError) as caught:
            await outcome(server.port, Tls(ca_file=certificates.ca))
        assert tls_words(caught.value) == (
            "the server hung up: does it speak TLS here, and does it want a client certificate?"
        )

    with serving(lambda client: client.recv(1000)) as server:
        run(main())


def test_versions_below_1_2_are_not_spoken(run, certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificates["good"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old version is what this server is for
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    async def main():
        with pytest.raises(ssl.SSLError) as caught:
            await outcome(server.port, Tls(ca_file=certificates.ca))
        assert tls_words(caught.value) == "the server has no TLS version that is safe (1.2 or newer)"

    with serving(lambda client: context.wrap_socket(client, server_side=True)) as server:
        run(main())


def test_an_error_without_words_of_ours_is_told_in_those_of_openssl():
    error = ssl.SSLError(1, "")
    error.reason = "BAD_SIGNATURE"
    assert tls_words(error) == "the TLS handshake failed: bad signature"


# Files


@pytest.mark.parametrize(
    "setting", ["ca_file", "certificate_file", "key_file"], ids=["authority", "certificate", "key"]
)
def test_a_file_that_is_not_there_is_named(certificates, setting):
    settings = {"certificate_file": certificates["client"]} | {setting: "/nowhere/x.pem"}
    with pytest.raises(ConfigError) as caught:
        ssl_context(Tls(**settings), protocols=["h2"])
    assert str(caught.value) == "/nowhere/x.pem: cannot read it for TLS: No such file or directory"


@pytest.mark.parametrize("content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"], ids=repr)
def test_a_file_without_an_authority_is_named(tmp_path, content):
    path = tmp_path / "ca.pem"
    path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        ssl_context(Tls(ca_file=str(path)), protocols=["h2"])
    assert str(caught.value) == f"{path}: there is no certificate in it"


def test_a_key_of_another_certificate_is_refused(certificates):
    ours, other = certificates["client"], certificates["good"]
    with pytest.raises(ConfigError) as caught:
        ssl_context(Tls(certificate_file=ours, key_file=other), protocols=["h2"])
    assert str(caught.value) == f"{ours} and {other}: the key does not belong to the certificate"


@pytest.mark.parametrize("content", ["nothing", "a certificate without its key", "a locked key"])
def test_a_certificate_that_cannot_be_used_is_refused_without_a_question(certificates, tmp_path, content):
    whole = Path(certificates["client"]).read_bytes()
    certificate = x509.load_pem_x509_certificate(whole).public_bytes(Encoding.PEM)
    locked = load_pem_private_key(whole, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    contents = {"nothing": b"", "a certificate without its key": certificate, "a locked key": certificate + locked}
    path = tmp_path / "client.pem"
    path.write_bytes(contents[content])
    with pytest.raises(ConfigError) as caught:
        ssl_context(Tls(certificate_file=str(path)), protocols=["h2"])
    assert str(caught.value) == f"{path}: give a certificate, and its key without a password, in PEM or DER"


def test_a_file_in_der_is_read_as_pem(certificates, tmp_path):
    path, _ = der(certificates["good"], tmp_path)
    assert x509.load_pem_x509_certificate(read_pem(path, CERTIFICATE)) == x509.load_pem_x509_certificate(
        Path(certificates["good"]).read_bytes()
    )
