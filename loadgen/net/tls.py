"""TLS: the context that connections are made with, and what goes wrong with it in words."""

import base64
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadgen.errors import ConfigError
from loadgen.load.tls import Tls

CERTIFICATE: Final = "CERTIFICATE"
PRIVATE_KEY: Final = "PRIVATE KEY"

# OpenSSL's numbers, from its x509_vfy.h.
_SELF_SIGNED = 18
_WORDS_OF_VERIFY_CODE = {
    9: "the server's certificate is not valid yet",
    10: "the server's certificate has expired",
    _SELF_SIGNED: "the server's certificate is self-signed, and not among the trusted ones",
    19: "the server's certificate comes from an authority that is not trusted",
    20: "the server's certificate comes from an authority that is not trusted",
    21: "the server's certificate comes from an authority that is not trusted",
}
_WRONG_NAME = (62, 64)  # a host name, an IP address

SPEAKS_NO_TLS: Final = "the server does not speak TLS on this port"
_REFUSES_OURS = "the server does not accept our certificate"
_TOO_OLD = "the server has no TLS version that is safe (1.2 or newer)"
_WORDS_OF_REASON = {
    "WRONG_VERSION_NUMBER": SPEAKS_NO_TLS,
    "RECORD_LAYER_FAILURE": SPEAKS_NO_TLS,
    "PACKET_LENGTH_TOO_LONG": SPEAKS_NO_TLS,
    "HTTP_REQUEST": SPEAKS_NO_TLS,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server wants a client certificate",
    # Up to TLS 1.2 there is no better word for a certificate that is missing.
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the server refuses the handshake: does it want a client certificate?",
    "TLSV1_ALERT_UNKNOWN_CA": _REFUSES_OURS,
    "SSLV3_ALERT_BAD_CERTIFICATE": _REFUSES_OURS,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _REFUSES_OURS,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _REFUSES_OURS,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": _REFUSES_OURS,
    "TLSV1_ALERT_PROTOCOL_VERSION": _TOO_OLD,
    "UNSUPPORTED_PROTOCOL": _TOO_OLD,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": "the server does not speak our protocol over TLS (ALPN)",
    "TLSV1_UNRECOGNIZED_NAME": "the server does not know the name that it was asked for (SNI)",
}
_HUNG_UP = "the server hung up: does it speak TLS here, and does it want a client certificate?"


def ssl_context(tls: Tls, *, protocols: Sequence[str]) -> ssl.SSLContext:
    """Return a context for connections to a server, which is offered `protocols` by ALPN (`h2`, `http/1.1`).

    The version is at least TLS 1.2. Without `verify_peer` the name is not checked either: it would prove nothing.
    Raises ConfigError naming a file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(protocols))
    context.check_hostname = tls.verify_host and tls.verify_peer
    context.verify_mode = ssl.CERT_REQUIRED if tls.verify_peer else ssl.CERT_NONE
    # A certificate is also trusted by itself, without its authority; so it is by gRPC's libraries.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    _trust(context, tls.ca_file)
    if tls.certificate_file is not None:
        _identify(context, tls.certificate_file, tls.key_file)
    return context


def read_pem(path: str, label: str) -> bytes:
    """Return a file in PEM; one in DER is taken for a single `label`, a key for PKCS #8. Raises ConfigError."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read it for TLS: {error.strerror}") from error
    if b"-----BEGIN " in content:
        return content
    body = base64.encodebytes(content).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def tls_words(error: Exception | None) -> str:
    """Return in one phrase why there is no TLS connection; None is a server that hung up without a word."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _words_of_verification(error)
    if isinstance(error, ssl.SSLError) and error.reason and "EOF" not in error.reason:
        other = f"the TLS handshake failed: {error.reason.replace('_', ' ').lower()}"
        return _WORDS_OF_REASON.get(error.reason, other)
    if error is None or isinstance(
        error, ssl.SSLError | ConnectionResetError | ConnectionAbortedError | BrokenPipeError
    ):
        return _HUNG_UP
    return f"cannot connect: {getattr(error, 'strerror', None) or error}"


def _words_of_verification(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _WRONG_NAME:
        # "Hostname mismatch, certificate is not valid for 'example.com'."
        name = error.verify_message.partition(" for ")[2].rstrip(".")
        return f"the server's certificate is for another name than {name}"
    refused = f"the server's certificate is refused: {error.verify_message}"
    return _WORDS_OF_VERIFY_CODE.get(error.verify_code, refused)


def _trust(context: ssl.SSLContext, ca_file: str | None) -> None:
    if ca_file is None:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cadata=read_pem(ca_file, CERTIFICATE).decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(f"{ca_file}: there is no certificate in it") from error


def _identify(context: ssl.SSLContext, certificate_file: str, key_file: str | None) -> None:
    """Load our own certificate, and the key from a file of its own or from the same one."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - takes its time to import, and is hardly ever needed

    sources = {CERTIFICATE: certificate_file, PRIVATE_KEY: key_file or certificate_file}
    with TemporaryDirectory() as folder:  # The ssl module reads certificates and keys from files alone.
        paths = {label: Path(folder) / label for label in sources}
        for label, path in paths.items():
            path.write_bytes(read_pem(sources[label], label))
        try:
            # Without a password that is asked for on the terminal; without one at all, a locked key cannot be read.
            context.load_cert_chain(paths[CERTIFICATE], paths[PRIVATE_KEY], password="")
        except ssl.SSLError as error:
            names = " and ".join(dict.fromkeys(sources.values()))
            raise ConfigError(f"{names}: {_words_of_pair(error)}") from error


def _words_of_pair(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key does not belong to the certificate"
    return "give a certificate, and its key without a password, in PEM or DER"
