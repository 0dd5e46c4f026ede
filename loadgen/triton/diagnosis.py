"""Why a server cannot be talked to: a look at the port itself tells more than gRPC's own error."""

import socket

_PATIENCE_S = 2.0
_HELP = "is it running? -u names another one"


def why_unreachable(url: str, status: str, words: str) -> str:
    """Return one sentence for a server at `url` whose first answer was the gRPC `status` with these `words`."""
    try:
        answer = _answer_to_http1(url)
    except OSError as error:
        return f"cannot reach a server at {url} ({error.strerror or error}): {_HELP}"
    if answer.startswith(b"HTTP/1."):
        return f"{url} speaks HTTP/1.1: give the gRPC port (Triton's default is 8001)"
    if status == "DEADLINE_EXCEEDED":
        return f"{url} takes connections but does not answer: is it the gRPC port of an inference server?"
    if status == "UNIMPLEMENTED":
        return f"{url} speaks gRPC but is no inference server (it lacks the KServe v2 service): {words}"
    if status == "UNAVAILABLE":
        return f"{url} does not speak gRPC: give the gRPC port (Triton's default is 8001)"
    return f"the server at {url} refuses to talk to us: {words}"


def _answer_to_http1(url: str) -> bytes:
    """Return the first bytes of the answer to a plain HTTP/1.1 request, nothing if there is none. Raises OSError."""
    host, _, port = url.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S) as connection:
        try:
            connection.sendall(b"GET /v2 HTTP/1.1\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n\r\n")
            return connection.recv(64)
        except (TimeoutError, ConnectionError):
            return b""
