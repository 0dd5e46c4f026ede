"""Open a connection of the load."""

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from loadgen.engine.connection import SocketConnection, WireConnection
from loadgen.errors import ServerError
from loadgen.load.endpoint import Endpoint
from loadgen.net.tls import tls_words

CONNECT_TIMEOUT_S = 10.0


async def connect(  # noqa: PLR0913 - all that two ends must agree upon, each by its name
    endpoint: Endpoint,
    wire: WireConnection,
    *,
    tls: ssl.SSLContext | None,
    alpn: str | None,
    server_name: str | None = None,
    keepalive_s: float | None = None,
) -> SocketConnection:
    """Connect to a server over TCP or a Unix socket, and wait until it has shown that it speaks the wire's protocol.

    With `tls` the server must prove to be `server_name` (None: the host of the endpoint), and agree to speak `alpn`
    (RFC 7301; None: whatever it likes). `keepalive_s` is that of SocketConnection. Raises ServerError, one sentence
    that names the endpoint, when there is no connection to be had.
    """
    connection = SocketConnection(str(endpoint), wire, keepalive_s=keepalive_s)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            with _aborting_on_errors(connection):
                await _open_socket(connection, endpoint, tls, server_name)
                if tls is not None and alpn is not None:
                    _require_protocol(connection, endpoint, alpn)
                await connection.greet()
    except (OSError, UnicodeError) as error:
        raise ServerError(f"{endpoint}: {_words(error, tls)}") from error
    return connection


@contextmanager
def _aborting_on_errors(connection: SocketConnection) -> Iterator[None]:
    try:
        yield
    except BaseException:  # Also when cancelled: nobody else knows of the socket.
        connection.abort()
        raise


async def _open_socket(
    connection: SocketConnection, endpoint: Endpoint, tls: ssl.SSLContext | None, server_name: str | None
) -> None:
    loop = asyncio.get_running_loop()
    name = (server_name or endpoint.host or endpoint.authority) if tls else None
    if endpoint.unix_path:
        await loop.create_unix_connection(lambda: connection, endpoint.unix_path, ssl=tls, server_hostname=name)
    else:
        # Every event loop sets TCP_NODELAY itself.
        await loop.create_connection(lambda: connection, endpoint.host, endpoint.port, ssl=tls, server_hostname=name)


def _require_protocol(connection: SocketConnection, endpoint: Endpoint, alpn: str) -> None:
    if connection.agreed_protocol != alpn:
        raise ServerError(f"{endpoint}: the server did not agree to speak {alpn} over TLS (ALPN)")


def _words(error: OSError | UnicodeError, tls: ssl.SSLContext | None) -> str:
    """Return why there is no connection."""
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_TIMEOUT_S:g} s"
    if isinstance(error, UnicodeError):
        return "cannot connect: this is no name of a host"
    if isinstance(error, ssl.SSLError):
        return tls_words(error)
    if tls is not None and isinstance(error, ConnectionResetError | ConnectionAbortedError):
        return tls_words(None)
    # asyncio puts a sentence of its own where the system's word for the error should be.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
    return f"cannot connect: {reason}"
