"""Why a gRPC server cannot be talked to: a look at the port itself tells more than gRPC's own error."""

import ssl
from contextlib import suppress

from loadgen.load.endpoint import Endpoint
from loadgen.load.target import Target
from loadgen.load.tls import Tls
from loadgen.net.dial import dial, dial_tls
from loadgen.net.tls import SPEAKS_NO_TLS, ssl_context, tls_words

_PATIENCE_S = 2.0
_HELP = "is it running? -u names another one"
_RIGHT_PORT = "give the gRPC port (Triton's default is 8001)"
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # RFC 9113 section 3.4, with empty SETTINGS


def why_unreachable(target: Target, status: str, words: str) -> str:
    """Return one sentence for a server whose first answer was the gRPC `status` with these `words`."""
    url = target.url
    if status == "UNIMPLEMENTED":
        return f"{url} speaks gRPC but is no inference server (it lacks the KServe v2 service): {words}"
    try:
        dial(target.endpoint, timeout_s=_PATIENCE_S).close()
    except OSError as error:
        return f"cannot reach a server at {url} ({error.strerror or error}): {_HELP}"
    sentence = _wrong_protocol(target) if target.tls is None else _wrong_tls(target, target.tls)
    if sentence is not None:
        return sentence
    if status == "DEADLINE_EXCEEDED":
        return f"{url} takes connections but does not answer: is it the gRPC port of an inference server?"
    if status == "UNAVAILABLE":
        return f"{url} does not speak gRPC: {_RIGHT_PORT}"
    return f"the server at {url} refuses to talk to us: {words}"


def _wrong_protocol(target: Target) -> str | None:
    """Return what the server speaks instead of gRPC without TLS, if that can be told."""
    if _answers_http1(target.endpoint):
        return f"{target.url} speaks HTTP/1.1: {_RIGHT_PORT}"
    if speaks_tls(target.endpoint):
        return f"{target.url} speaks TLS: ask for it with --ssl-grpc-use-ssl"
    return None


def _wrong_tls(target: Target, tls: Tls) -> str | None:
    """Return what is wrong with TLS to the server, if anything is."""
    context = ssl_context(tls, protocols=["h2"])
    try:
        with dial_tls(target.endpoint, context, timeout_s=_PATIENCE_S, server_name=tls.server_name) as connection:
            if connection.selected_alpn_protocol() != "h2":
                return f"{target.url} does not speak HTTP/2 over TLS (ALPN): {_RIGHT_PORT}"
            connection.sendall(_PREFACE)
            return None if connection.recv(1) else f"{target.url}: {tls_words(None)}"
    except TimeoutError:
        return None
    except OSError as error:
        words = tls_words(error)
        return f"{target.url}: {words}" + (", leave --ssl-grpc-use-ssl out" if words == SPEAKS_NO_TLS else "")


def _answers_http1(endpoint: Endpoint) -> bool:
    with suppress(OSError), dial(endpoint, timeout_s=_PATIENCE_S) as connection:
        connection.sendall(
            b"GET /v2 HTTP/1.1\r\nHost: " + endpoint.authority.encode() + b"\r\nConnection: close\r\n\r\n"
        )
        return connection.recv(64).startswith(b"HTTP/1.")
    return False


def speaks_tls(endpoint: Endpoint) -> bool:
    """Tell whether a server begins with a TLS handshake, whatever comes of that."""
    context = ssl_context(Tls(verify_peer=False), protocols=["h2"])
    try:
        dial_tls(endpoint, context, timeout_s=_PATIENCE_S).close()
    except ssl.SSLError as error:
        return tls_words(error) != SPEAKS_NO_TLS and not isinstance(error, ssl.SSLEOFError)
    except OSError:
        return False
    return True
