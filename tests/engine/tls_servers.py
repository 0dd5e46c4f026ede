"""TLS servers that serve one client from a thread, so that they do not share the event loop of the client."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import StreamEnded
from h2.exceptions import ProtocolError

from tests.certificates import HOST

PATIENCE_S = 20.0

Conversation = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Server:
    """Where a server listens, and its thread, which ends when its one client has hung up."""

    port: int
    thread: threading.Thread

    async def client_has_left(self) -> None:
        await asyncio.to_thread(self.thread.join)


@contextmanager
def serving(converse: Conversation) -> Iterator[Server]:
    """Serve one client with a function of its socket."""

    def serve() -> None:
        client, _ = listener.accept()
        client.settimeout(PATIENCE_S)
        # Closed at once, a socket with unread bytes would take back what the server has said last.
        with client.dup() as line:
            with client, suppress(OSError, ProtocolError):
                converse(client)
            with suppress(OSError):
                line.shutdown(socket.SHUT_WR)
                while line.recv(4096):
                    pass

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Server(listener.getsockname()[1], thread)
        thread.join()


def tls_context(
    certificate: str,
    *,
    protocols: Sequence[str] = ("h2",),
    authority: str | None = None,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> ssl.SSLContext:
    """Return what a server needs; with an `authority` it wants a certificate of the client, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(list(protocols))
    context.maximum_version = newest
    if authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    return context


def over_tls(context: ssl.SSLContext, converse: Conversation) -> Conversation:
    """Return the same conversation after a TLS handshake."""

    def secure(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as connection:
            converse(connection)

    return secure


def answer_grpc(client: socket.socket) -> None:
    """Speak HTTP/2, and answer each call with an empty message."""
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_connection()
    client.sendall(server.data_to_send())
    while data := client.recv(4096):
        for event in server.receive_data(data):
            if isinstance(event, StreamEnded):
                server.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/grpc")])
                server.send_data(event.stream_id, bytes(5))
                server.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)
        client.sendall(server.data_to_send())
