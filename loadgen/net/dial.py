"""A blocking connection, for the few questions that are asked beside the load."""

import socket
import ssl

from loadgen.load.endpoint import Endpoint


def dial(endpoint: Endpoint, *, timeout_s: float) -> socket.socket:
    """Return a socket that is connected to the server and waits `timeout_s` at most. Raises OSError."""
    if not endpoint.unix_path:
        try:
            return socket.create_connection((endpoint.host, endpoint.port), timeout=timeout_s)
        except UnicodeError as error:  # A part of the name is empty, or too long.
            raise OSError("this is no name of a host") from error
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout_s)
        connection.connect(endpoint.unix_path)
    except BaseException:
        connection.close()
        raise
    return connection


def dial_tls(
    endpoint: Endpoint, context: ssl.SSLContext, *, timeout_s: float, server_name: str | None = None
) -> ssl.SSLSocket:
    """Return such a socket after the TLS handshake. Raises OSError, of which ssl.SSLError is one.

    `server_name` is the name that is asked for, if it is not the host.
    """
    connection = dial(endpoint, timeout_s=timeout_s)
    try:
        return context.wrap_socket(connection, server_hostname=server_name or endpoint.host or endpoint.authority)
    except BaseException:
        connection.close()
        raise
