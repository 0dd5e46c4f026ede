"""The connection through grpc.aio does what a connection of the load has to do, against a real gRPC server."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from loadgen.engine.grpcio_connection import connect_grpcio
from loadgen.errors import ConfigError, ServerError
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.load.transport import Transport
from loadgen.wire.exchange import TIMEOUT, Failure
from loadgen.wire.grpc import failure_of, message_of
from tests.certificates import Certificates
from tests.engine.servers import PATIENCE_S, EchoServer

SAY, REFUSE = "/echo.Echo/Say", "/echo.Echo/Refuse"
EMPTY_SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
UNTRUSTED = "the server's certificate comes from an authority that is not trusted"


class Ended:
    """Collects what a connection reports."""

    def __init__(self, connection):
        self.exchanges, self.lost, self.failure = [], [], None
        connection.on_finished = self.finished
        connection.on_lost = self.was_lost
        self._changed = asyncio.Event()

    def finished(self, exchanges, end_ns):
        assert all(exchange.sent_ns < end_ns for exchange in exchanges)
        self.exchanges += exchanges
        self._changed.set()

    def was_lost(self, exchanges, failure):
        self.lost, self.failure = exchanges, failure
        self._changed.set()

    async def first(self, count):
        async with asyncio.timeout(PATIENCE_S):
            while len(self.exchanges) < count and self.failure is None:
                self._changed.clear()
                await self._changed.wait()
        return self.exchanges


@asynccontextmanager
async def connected(target, path=SAY, **transport):
    connection = await connect_grpcio(target, Transport(client="grpcio", **transport), path)
    try:
        yield connection, Ended(connection)
    finally:
        connection.close()


def target_of(server, **settings):
    return Target(str(server.endpoint), "echo", **settings)


def send(connection, *requests):
    exchanges = [connection.start(request) for request in requests]
    sent_ns = connection.flush()
    for exchange in exchanges:
        exchange.sent_ns = sent_ns
    return exchanges


def test_calls_are_answered_each_with_its_own_message(run, echo):
    async def main():
        async with connected(target_of(echo)) as (connection, ended):
            sent = send(connection, *(echo.request(bytes([number]) * number) for number in range(20)))
            assert connection.in_flight == 20
            assert list(connection.open_exchanges) == sent
            await ended.first(20)
            assert connection.in_flight == 0
            assert [message_of(exchange) for exchange in sent] == [bytes([number]) * number for number in range(20)]
            assert {failure_of(exchange) for exchange in sent} == {None}
            assert sorted(map(id, ended.exchanges)) == sorted(map(id, sent))

    run(main())


def test_nothing_is_sent_before_the_flush(run, echo):
    async def main():
        async with connected(target_of(echo)) as (connection, ended):
            connection.start(echo.request(b"first"))
            send(connection, echo.request(b"second"))
            await ended.first(2)
        assert sorted(echo.messages) == [b"first", b"second"]

    run(main())


def test_so_many_calls_are_in_flight_at_once(run, echo):
    async def main():
        async with connected(target_of(echo)) as (connection, ended):
            echo.expect(8)
            send(connection, *[echo.request()] * 8)
            await ended.first(8)
        assert echo.peak == 8

    run(main())


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_a_message_of_16_mib_goes_and_comes(run, compression):
    message = bytes(16 * 2**20)

    async def main(server):
        async with connected(target_of(server), compression=compression) as (connection, ended):
            (exchange,) = send(connection, server.request(message))
            await ended.first(1)
        assert failure_of(exchange) is None
        assert message_of(exchange) == message

    with EchoServer(max_receive_message_length=-1) as server:
        run(main(server))


def test_the_status_of_a_refused_call_is_its_failure(run, echo):
    async def main():
        async with connected(target_of(echo), REFUSE) as (connection, ended):
            (exchange,) = send(connection, echo.request())
            await ended.first(1)
        assert exchange.failure == Failure("INVALID_ARGUMENT", "shape [2] is 50% of the naïve guess")

    run(main())


def test_a_call_that_takes_too_long_fails(run, echo):
    async def main():
        async with connected(target_of(echo), request_timeout_s=0.2) as (connection, ended):
            echo.expect(2)
            (exchange,) = send(connection, echo.request())
            await ended.first(1)
            assert exchange.failure.kind == "DEADLINE_EXCEEDED"
            echo.expect(0)

    run(main())


def test_a_cancelled_call_ends_without_a_word(run, echo):
    async def main():
        async with connected(target_of(echo)) as (connection, ended):
            echo.expect(2)
            queued = connection.start(echo.request(b"queued"))
            connection.cancel(queued, Failure(TIMEOUT))
            cancelled, answered = send(connection, echo.request(b"cancelled"), echo.request(b"answered"))
            connection.cancel(cancelled, Failure(TIMEOUT))
            assert connection.in_flight == 1
            echo.expect(0)
            await ended.first(1)
        assert ended.exchanges == [answered]
        assert (queued.failure, cancelled.failure) == (Failure(TIMEOUT), Failure(TIMEOUT))
        assert b"queued" not in echo.messages

    run(main())


def test_a_connection_is_lost_with_its_calls_when_the_server_is_gone(run, echo):
    async def main():
        hang_up = asyncio.Event()

        async def serve(_reader, writer):
            writer.write(EMPTY_SETTINGS)
            await hang_up.wait()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with connected(Target(url, "any")) as (connection, ended):
            sent = send(connection, echo.request(), echo.request())
            server.close()
            hang_up.set()
            # The first calls to fail may be ahead of the news that the connection is gone.
            while ended.failure is None:
                await ended.first(len(sent))
                sent += [] if ended.failure else send(connection, echo.request())
            assert {exchange.failure.kind for exchange in sent} == {"UNAVAILABLE"}
            assert sorted(map(id, ended.exchanges + ended.lost)) == sorted(map(id, sent))
            assert ended.lost
            assert connection.in_flight == 0
        await server.wait_closed()

    run(main())


def test_calls_in_flight_do_not_keep_a_connection_from_closing(run, echo):
    async def main():
        async with connected(target_of(echo)) as (connection, ended):
            echo.expect(2)
            send(connection, echo.request())
            connection.close()
            connection.close()
            assert (connection.in_flight, ended.exchanges, ended.failure) == (0, [], None)
            echo.expect(0)

    run(main())


# Who is there, and who is not


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure(certificates):
    """Start a gRPC server over TLS that answers with the metadata it was sent, and return it as a target."""
    servers = []

    def tell(_message, context):
        wanted = ("x-tenant", "trace-bin")
        return repr([value for key in wanted for name, value in context.invocation_metadata() if name == key]).encode()

    def start(certificate, *, wants_ours=False, **settings):
        pair = Path(certificates[certificate]).read_bytes()
        credentials = grpc.ssl_server_credentials(
            [(pair, pair)], Path(certificates.ca).read_bytes(), require_client_auth=wants_ours
        )
        server = grpc.server(ThreadPoolExecutor(1))
        methods = {"Say": grpc.unary_unary_rpc_method_handler(tell)}
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", methods)])
        port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        servers.append(server)
        return Target(
            f"127.0.0.1:{port}",
            "echo",
            tls=Tls(**{"ca_file": certificates.ca} | settings),
            headers=(("X-Tenant", " blue"), ("trace-bin", "raw")),
        )

    yield start
    for server in servers:
        server.stop(None).wait()


async def refusal(target):
    with pytest.raises(ServerError) as caught:
        await connect_grpcio(target, Transport(client="grpcio"), SAY)
    return str(caught.value)


async def reply_from(target, request):
    async with connected(target) as (connection, ended):
        (exchange,) = send(connection, request)
        await ended.first(1)
    assert failure_of(exchange) is None
    return message_of(exchange).decode()


@pytest.mark.parametrize(
    ("server", "settings"),
    [
        pytest.param("good", {}, id="the authority is trusted"),
        pytest.param("elsewhere", {"server_name": "elsewhere.example"}, id="another name is expected"),
        pytest.param("elsewhere", {"verify_host": False}, id="the name is not checked"),
        pytest.param("elsewhere", {"verify_peer": False}, id="nothing is checked, wrong name"),
        pytest.param("unknown_authority", {"verify_peer": False}, id="nothing is checked, unknown authority"),
        pytest.param("self_signed", {"verify_peer": False}, id="nothing is checked, self-signed"),
    ],
)
def test_headers_travel_over_tls_as_metadata(run, echo, secure, server, settings):
    async def main():
        assert await reply_from(secure(server, **settings), echo.request()) == "['blue', b'raw']"

    run(main())


def test_our_certificate_is_shown_to_a_server_that_wants_one(run, echo, secure, certificates):
    async def main():
        target = secure("good", wants_ours=True, certificate_file=certificates["client"])
        assert await reply_from(target, echo.request()) == "['blue', b'raw']"

    run(main())


@pytest.mark.parametrize(
    ("server", "settings", "words"),
    [
        ("elsewhere", {}, "the server's certificate is for another name than '127.0.0.1'"),
        ("expired", {}, "the server's certificate has expired"),
        ("expired", {"verify_peer": False}, "the server's certificate has expired"),
        ("self_signed", {}, "the server's certificate is self-signed, and not among the trusted ones"),
        ("unknown_authority", {"verify_host": False}, UNTRUSTED),
        ("good", {"ca_file": None}, UNTRUSTED),
        (
            "good",
            {"wants_ours": True},
            "the server hung up: does it speak TLS here, and does it want a client certificate?",
        ),
    ],
)
def test_a_server_that_cannot_be_trusted_or_does_not_trust_us(run, secure, server, settings, words):
    target = secure(server, **settings)

    async def main():
        assert await refusal(target) == f"{target.url}: {words}"

    run(main())


def test_a_server_without_tls_is_found_out(run, echo):
    async def main():
        assert (
            await refusal(target_of(echo, tls=Tls())) == f"{echo.endpoint}: the server does not speak TLS on this port"
        )

    run(main())


def test_nobody_listens(run):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"127.0.0.1:{unused.getsockname()[1]}"

    async def main():
        assert await refusal(Target(url, "any")) == f"{url}: cannot connect: Connection refused"

    run(main())


def test_a_server_that_never_answers(run, monkeypatch):
    monkeypatch.setattr("loadgen.engine.grpcio_connection.CONNECT_TIMEOUT_S", 0.3)

    async def main():
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"127.0.0.1:{silent.getsockname()[1]}"
            assert await refusal(Target(url, "any")) == f"{url}: no answer within 0.3 s"

    run(main())


@pytest.mark.parametrize("url", ["dns:///localhost:{}", "ipv4:127.0.0.1:{}", "localhost:{}"])
def test_the_forms_of_a_url(run, echo, url):
    async def main():
        target = Target(url.format(echo.endpoint.port), "echo")
        assert await reply_from(target, echo.request()) == "hello"

    run(main())


@pytest.mark.parametrize("url", ["unix:{}", "unix://{}"])
def test_a_unix_socket(run, tmp_path, url):
    path = tmp_path / "server.sock"

    async def main(server):
        assert await reply_from(Target(url.format(path), "echo"), server.request()) == "hello"

    with EchoServer(f"unix:{path}") as server:
        run(main(server))


def test_a_file_that_cannot_be_read_is_named(run):
    async def main():
        with pytest.raises(ConfigError, match=r"^/nowhere/ca\.pem: "):
            await connect_grpcio(
                Target("127.0.0.1:1", "any", tls=Tls(ca_file="/nowhere/ca.pem")), Transport(client="grpcio"), SAY
            )

    run(main())


def test_keepalive_leaves_a_working_connection_alone(run, echo):
    async def main():
        async with connected(target_of(echo), keepalive_s=0.05) as (connection, ended):
            send(connection, echo.request())
            await ended.first(1)
        assert failure_of(ended.exchanges[0]) is None

    run(main())
