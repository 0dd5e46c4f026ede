"""Connections over every kind of socket; those that cannot be had end with one sentence."""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from loadgen.engine.client import Client
from loadgen.engine.closed_loop import ClosedLoop
from loadgen.engine.connect import connect
from loadgen.engine.shares import at_most
from loadgen.errors import ServerError
from loadgen.load.endpoint import Endpoint
from loadgen.load.tls import Tls
from loadgen.net.tls import ssl_context
from loadgen.wire.connection import ClientConnection
from loadgen.wire.grpc import failure_of
from tests.certificates import HOST, Certificates
from tests.engine.servers import PATIENCE_S, EchoServer, closed_loop, until


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def load_on(server: EchoServer) -> None:
    async with closed_loop(server.endpoint, server.request(), connections=2) as loop:
        await loop.set_level(3)
        await until(lambda: len(loop.records) >= 30)
        await loop.drain(PATIENCE_S)
        assert len(loop.records) == server.calls


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_over_ipv6(run):
    with EchoServer("[::1]:0") as server:
        run(load_on(server))


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this platform has no Unix sockets")
def test_over_a_unix_socket(run, tmp_path: Path):
    with EchoServer(f"unix:{tmp_path}/echo.sock") as server:
        run(load_on(server))


def test_by_name(run, echo: EchoServer):
    async def main() -> None:
        connection = await connect(replace(echo.endpoint, host="localhost"), ClientConnection(), tls=None, alpn=None)
        connection.close()

    run(main())


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        pytest.param(
            Endpoint("", 0, unix_path="/nowhere/a.sock"),
            "unix:/nowhere/a.sock: cannot connect: No such file or directory",
            id="no such socket",
        ),
        pytest.param(
            Endpoint("no-such-host.invalid", 8001), "no-such-host.invalid:8001: cannot connect: ", id="no such host"
        ),
        pytest.param(Endpoint("a..b", 8001), "a..b:8001: cannot connect: this is no name of a host", id="no name"),
    ],
)
def test_there_is_nobody(run, endpoint: Endpoint, sentence: str):
    async def main() -> None:
        with pytest.raises(ServerError) as raised:
            await connect(endpoint, ClientConnection(), tls=None, alpn=None)
        assert str(raised.value).startswith(sentence)

    run(main())


# TLS.


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def tls_client(endpoint: Endpoint, tls: Tls, *, alpn: str | None = "h2") -> Client:
    context = ssl_context(tls, protocols=["h2"])

    async def open_one():
        return await connect(endpoint, ClientConnection(), tls=context, server_name=tls.server_name, alpn=alpn)

    return Client(open_one, failure_of, at_most(2))


@pytest.mark.parametrize(
    ("certificate", "settings"),
    [
        pytest.param("good", {}, id="the host is the name"),
        pytest.param("elsewhere", {"server_name": "elsewhere.example"}, id="another name"),
        pytest.param("expired", {"verify_peer": False}, id="nothing is checked"),
    ],
)
def test_over_tls(run, certificates: Certificates, certificate: str, settings: dict):
    async def main() -> None:
        loop = ClosedLoop(
            tls_client(server.endpoint, Tls(ca_file=certificates.ca, **settings)),
            cycle([server.request(bytes(100_000))]),
        )
        await loop.set_level(3)
        await until(lambda: len(loop.records) >= 30)
        await loop.drain(PATIENCE_S)
        await loop.close()
        assert len(loop.records) == server.calls

    with EchoServer(certificate=certificates[certificate]) as server:
        run(main())


def test_our_certificate_is_shown_to_a_server_that_asks_for_it(run, certificates: Certificates):
    async def main() -> None:
        tls = Tls(ca_file=certificates.ca, certificate_file=certificates["client"])
        connection = await tls_client(server.endpoint, tls).connect()
        connection.close()
        await connection.wait_closed()
        with pytest.raises(ServerError, match=f"{server.endpoint}: .*does it want a client certificate"):
            await tls_client(server.endpoint, Tls(ca_file=certificates.ca)).connect()

    with EchoServer(certificate=certificates["good"], authority=certificates.ca) as server:
        run(main())


@pytest.mark.parametrize(
    ("certificate", "sentence"),
    [
        pytest.param("elsewhere", f"the server's certificate is for another name than '{HOST}'", id="another name"),
        pytest.param("expired", "the server's certificate has expired", id="expired"),
        pytest.param("self_signed", "the server's certificate is self-signed, and not among", id="self-signed"),
    ],
)
def test_a_certificate_that_does_not_fit(run, certificates: Certificates, certificate: str, sentence: str):
    async def main() -> None:
        with pytest.raises(ServerError) as raised:
            await tls_client(server.endpoint, Tls(ca_file=certificates.ca)).connect()
        assert str(raised.value).startswith(f"{server.endpoint}: {sentence}")

    with EchoServer(certificate=certificates[certificate]) as server:
        run(main())


def test_a_port_without_tls(run, echo: EchoServer):
    async def main() -> None:
        with pytest.raises(ServerError) as raised:
            await tls_client(echo.endpoint, Tls()).connect()
        assert str(raised.value) == f"{echo.endpoint}: the server does not speak TLS on this port"

    run(main())


def test_a_server_that_speaks_something_else_over_tls(run, certificates: Certificates):
    async def main() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates["good"])
        heard: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                heard.append(await reader.read())
            writer.close()

        async with await asyncio.start_server(serve, HOST, 0, ssl=context) as server:
            endpoint = Endpoint(HOST, server.sockets[0].getsockname()[1])
            with pytest.raises(ServerError) as raised:
                await tls_client(endpoint, Tls(ca_file=certificates.ca)).connect()
            assert str(raised.value) == f"{endpoint}: the server did not agree to speak h2 over TLS (ALPN)"
            assert b"".join(heard) == b"", "it was told nothing that it would not understand"

    run(main())
