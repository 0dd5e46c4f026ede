"""Connections of the load over TLS: each works, or is refused with one true sentence."""

import asyncio

import pytest

from loadgen.engine.connect import connect
from loadgen.errors import ServerError
from loadgen.load.endpoint import Endpoint
from loadgen.load.tls import Tls
from loadgen.net.tls import ssl_context
from loadgen.wire.connection import ClientConnection
from loadgen.wire.grpc import call_headers, failure_of, message_of, unary_request
from tests.certificates import HOST, Certificates
from tests.engine.tls_servers import answer_grpc, over_tls, serving, tls_context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def serve_and_run(run, main, converse):
    """Run a coroutine with the port of a server, until the server has seen it hang up."""

    async def whole(server):
        await main(server.port)
        await server.client_has_left()

    with serving(converse) as server:
        run(whole(server))


async def opened(port, tls):
    context = tls and ssl_context(tls, protocols=["h2"])
    name = tls and tls.server_name
    return await connect(Endpoint(HOST, port), ClientConnection(), tls=context, alpn="h2", server_name=name)


async def answered(connection):
    """Make a call, and return its exchange when it has ended."""
    ended = asyncio.Event()
    connection.on_finished = lambda exchanges, _end_ns: exchanges and ended.set()
    connection.on_lost = lambda _exchanges, _failure: ended.set()
    exchange = connection.start(unary_request(call_headers(HOST, "/any/Call", scheme="https"), b"hello"))
    connection.flush()
    await ended.wait()
    connection.close()
    return exchange


async def refusal(port, tls):
    with pytest.raises(ServerError) as caught:
        await opened(port, tls)
    return str(caught.value).removeprefix(f"{HOST}:{port}: ")


@pytest.mark.parametrize(
    ("server", "settings"),
    [
        pytest.param("good", {}, id="a trusted authority"),
        pytest.param("elsewhere", {"server_name": "elsewhere.example"}, id="another name is expected"),
        pytest.param("expired", {"verify_peer": False}, id="nothing is checked"),
    ],
)
def test_a_call_over_tls_is_answered(run, certificates, server, settings):
    async def main(port):
        exchange = await answered(await opened(port, Tls(**{"ca_file": certificates.ca} | settings)))
        assert failure_of(exchange) is None
        assert message_of(exchange) == b""

    serve_and_run(run, main, over_tls(tls_context(certificates[server]), answer_grpc))


def test_a_call_over_mutual_tls_is_answered(run, certificates):
    async def main(port):
        tls = Tls(ca_file=certificates.ca, certificate_file=certificates["client"])
        assert failure_of(await answered(await opened(port, tls))) is None

    context = tls_context(certificates["good"], authority=certificates.ca)
    serve_and_run(run, main, over_tls(context, answer_grpc))


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("elsewhere", "the server's certificate is for another name than '127.0.0.1'"),
        ("expired", "the server's certificate has expired"),
        ("self_signed", "the server's certificate is self-signed, and not among the trusted ones"),
        ("unknown_authority", "the server's certificate comes from an authority that is not trusted"),
    ],
)
def test_a_bad_certificate(run, certificates, server, words):
    async def main(port):
        assert await refusal(port, Tls(ca_file=certificates.ca)) == words

    serve_and_run(run, main, over_tls(tls_context(certificates[server]), answer_grpc))


def test_a_client_certificate_is_missed(run, certificates):
    async def main(port):
        assert await refusal(port, Tls(ca_file=certificates.ca)) == "the server wants a client certificate"

    context = tls_context(certificates["good"], authority=certificates.ca)
    serve_and_run(run, main, over_tls(context, answer_grpc))


def test_a_server_over_tls_that_does_not_speak_http_2(run, certificates):
    async def main(port):
        assert await refusal(port, Tls(ca_file=certificates.ca)) == (
            "the server did not agree to speak h2 over TLS (ALPN)"
        )

    serve_and_run(run, main, over_tls(tls_context(certificates["good"], protocols=["http/1.1"]), answer_grpc))


def test_a_server_without_tls(run, certificates):
    async def main(port):
        assert await refusal(port, Tls(ca_file=certificates.ca)) == "the server does not speak TLS on this port"

    serve_and_run(run, main, answer_grpc)


def test_a_server_with_tls_that_is_spoken_to_without(run, certificates):
    async def main(port):
        assert (await refusal(port, None)).startswith("the server closed the connection")

    serve_and_run(run, main, over_tls(tls_context(certificates["good"]), answer_grpc))
