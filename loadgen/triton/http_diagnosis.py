"""Why a server cannot be talked to over HTTP, in one sentence."""

import ssl
from http.client import BadStatusLine, HTTPException

from loadgen.load.target import Target
from loadgen.net.tls import tls_words
from loadgen.triton.diagnosis import speaks_tls

_PORT = "give the HTTP port (Triton's default is 8000)"

# RFC 9113 sections 3.4 and 6.5: whatever it is asked, HTTP/2 begins with a SETTINGS frame on stream 0.
_SETTINGS_AFTER_LENGTH = "\x04\x00\x00\x00\x00\x00"


def why_not_connected(target: Target, error: OSError | UnicodeError) -> str:
    """Return why no connection came about."""
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection to {target.url}: {tls_words(error)}"
    reason = "this is no name of a host" if isinstance(error, UnicodeError) else error.strerror or error
    return f"cannot reach a server at {target.url} ({reason}): is it running? -u names another one"


def why_not_answered(target: Target, error: OSError | HTTPException) -> str:
    """Return why a server that takes connections does not answer over them."""
    url = target.url
    if isinstance(error, TimeoutError):
        return f"{url} takes connections but does not answer: is it the HTTP port of an inference server?"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection to {url}: {tls_words(error)}"
    if isinstance(error, BadStatusLine) and str(error).startswith(_SETTINGS_AFTER_LENGTH, 3):
        return f"{url} speaks HTTP/2, as gRPC does: {_PORT}, or -i grpc"
    if target.tls is None and speaks_tls(target.endpoint):
        return f"{url} speaks TLS: write https:// before it"
    return f"{url} does not speak HTTP/1.1: {_PORT}"
